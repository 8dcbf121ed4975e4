"""Runs the mutants of a task."""

from grader.assignment.mutants import list_mutants
from grader.evidence import Fingerprint
from grader.workflow.bench import Bench, Parameters, Trial


async def run_mutants(bench: Bench, task: str, parameters: Parameters) -> tuple[Fingerprint, ...]:
    """The first steps of every mutant of a task."""
    sources = bench.read_sources()
    needed = "\n".join(sources.get(need, "") for need in sorted(bench.assignment.list_needs(task)))
    mutants = [
        mutant for mutant in list_mutants(sources[task], needed) if not mutant.late and not mutant.shown
    ]
    trials = {mutant.name: Trial(task, mutant.name, mutant.source) for mutant in mutants}
    seed = bench.settings.choose_seed(bench.assignment)
    evidence = await bench.run_trials(trials.values(), parameters, seed)
    return tuple(
        Fingerprint(mutant.code, mutant.name, trials[mutant.name].id, evidence)
        for mutant in mutants
        if (run := evidence.run.task(trials[mutant.name].id)) is not None and run.fitted_steps
    )
