"""Runs the mutants of a task."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.assignment.mutants import list_mutants
from grader.evidence import Evidence, Fingerprint
from grader.workflow.bench import Bench, Parameters, Trial


@dataclass(frozen=True)
class MutantRuns:
    """The mutants of a task that ran, all in one kernel."""

    key: str
    """Of the run."""
    codes: Mapping[Trial, str]
    """What each of them has wrong."""

    def read_fingerprints(self, evidence: Evidence) -> tuple[Fingerprint, ...]:
        """Each mutant's first steps in what the run left; those that made none are left out."""
        return tuple(
            Fingerprint(code, trial.name, trial.id, evidence)
            for trial, code in self.codes.items()
            if (run := evidence.run.task(trial.id)) is not None and run.fitted_steps
        )


async def run_mutants(bench: Bench, task: str, parameters: Parameters) -> MutantRuns:
    """Run the first steps of every mutant of a task."""
    sources = bench.read_sources()
    needed = "\n".join(sources.get(need, "") for need in sorted(bench.assignment.list_needs(task)))
    mutants = [
        mutant for mutant in list_mutants(sources[task], needed) if not mutant.late and not mutant.shown
    ]
    trials = {Trial(task, mutant.name, mutant.source): mutant.code for mutant in mutants}
    seed = bench.settings.choose_seed(bench.assignment)
    key, _ = await bench.run_trials(trials, parameters, seed)
    return MutantRuns(key, trials)
