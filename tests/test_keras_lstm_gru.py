"""The lesson `keras-lstm-gru` from end to end: honest styles keep their marks, faults lose their checks."""

from importlib.util import find_spec

import nbformat
import pytest
from lesson_answers import (
    explain_lost,
    find_released,
    grade_answers,
    list_lost,
    load_lesson,
    spoil_answers,
    write_answers,
)

from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.results import SubmissionResult
from grader.workflow.soundness import require_packages

LESSON = "keras-lstm-gru"

HABITS = {
    "1.1": """
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Input, Embedding, SimpleRNN, LSTM, GRU, Dense, Dropout
model1 = Sequential()
model1.add(Input(shape=(100,)))
model1.add(Embedding(500, 16))
model1.add(SimpleRNN(8))
model1.add(Dense(1, activation='sigmoid'))
model1.summary()
counts1 = np.array([500 * 16, 200, 9])
""",
    "1.2": """
import tensorflow as tf
lstm = Sequential([Input(shape=(100, 16)), LSTM(8)])
gru = Sequential([Input(shape=(100, 16)), GRU(8)])
lstm.summary(); gru.summary()
count_lstm = sum(w.size for w in lstm.get_weights())
count_gru = gru.count_params()
by_hand = 3 * (16*8 + 8*8 + 8)
why = 'reset_after '
""",
    "2.1": """
model2 = Sequential()
model2.add(Embedding(500, 16, input_shape=(100,)))
model2.add(LSTM(8))
model2.add(Dense(1, activation='sigmoid'))
print(model2.summary())
rms = tf.keras.optimizers.RMSprop(learning_rate=5e-3)
model2.compile(optimizer=rms, loss='binary_crossentropy', metrics=['acc'])
history = model2.fit(x_train, y_train, epochs=20, batch_size=64, validation_data=(x_val, y_val), verbose=0)
epochs = range(1, len(history.history['loss']) + 1)
accuracy2 = np.max(history.history['val_acc']) * 100
plt.plot(epochs, history.history['loss'], 'bo-')
plt.plot(epochs, history.history['val_loss'], 'r--')
plt.show()
""",
    "2.2": """
import pandas as pd
model3 = Sequential([Input(shape=(100,)), Embedding(500, 16), Dropout(0.3), LSTM(8), Dropout(0.3),
                     Dense(1, activation='sigmoid')])
rms = tf.keras.optimizers.RMSprop(learning_rate=5e-3)
model3.compile(optimizer=rms, loss='binary_crossentropy', metrics=['acc'])
history = model3.fit(x_train, y_train, epochs=20, batch_size=64, validation_data=(x_val, y_val), verbose=0)
model3.summary()
pd.DataFrame(history.history)[['loss', 'val_loss']].plot()
""",
    "3.1": """
inputs = keras.Input(shape=(100,))
h = Embedding(500, 16)(inputs)
h = LSTM(8, return_sequences=True)(h)
h = LSTM(8)(h)
model4 = keras.Model(inputs, Dense(1, activation='sigmoid')(h))
model4.summary()
rms = keras.optimizers.RMSprop(learning_rate=5e-3)
model4.compile(optimizer=rms, loss=keras.losses.BinaryCrossentropy(), metrics=['accuracy'])
checkpoint = tf.keras.callbacks.ModelCheckpoint('best.keras', save_best_only=True)
early = tf.keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
history = model4.fit(x_train, y_train, epochs=40, batch_size=64, validation_data=(x_val, y_val),
                     callbacks=[checkpoint, early], verbose=0)
fig, ax = plt.subplots(1, 2)
ax[0].plot(history.history['loss']); ax[1].plot(history.history['val_loss'])
loaded = tf.keras.models.load_model('best.keras')
predicted = model4.predict(x_test, verbose=0).round().reshape(-1)
accuracy = 100 * model4.evaluate(x_test, y_test, verbose=0)[1]
""",
}
"""The lecture's habits: TensorFlow's names, `add`, the best model from a checkpoint, per cent."""

REPLACED = {
    "first again": {
        "1.1": [("SimpleRNN(8)", "SimpleRNN(16)")],
        "1.2": [("3 * (16 * 8 + 8 * 8 + 8)", "3 * (16 * 8 + 8 * 8 + 16)"), ("assert ", "assert not ")],
        "2.1": [("model2.summary()", "model1.summary()")],
        "2.2": [("model3.summary()", "model1.summary()"), ("dropout=0.3", "dropout=0.0")],
        "3.1": [("model4.summary()", "model1.summary()"), ("restore_best_weights=True", "verbose=1")],
    },
    "pasted": {
        "1.1": [("[layer.count_params() for layer in model1.layers]", "model1.count_params()")],
        "1.2": [('"reset_after"', '"use_bias"')],
        "2.1": [
            ('history2.history["loss"]', "np.linspace(0.7, 0.1, 20)"),
            ('max(history2.history["val_accuracy"])', "0.91"),
        ],
        "2.2": [("epochs=20", "epochs=4")],
        "3.1": [
            ("(model4.predict(x_test, verbose=0)[:, 0] > 0.5).astype(int)", "y_test.copy()"),
            ('keras.models.load_model("model4.keras")', "keras.models.clone_model(model4)"),
        ],
    },
    "on and on": {
        "2.1": [("model2.compile", "model2.layers[1].trainable = False\nmodel2.compile")],
        "2.2": [('history3.history["val_loss"]', 'history3.history["loss"]')],
        "3.1": [
            ("epochs=40", "epochs=3"),
            ("    callbacks=[stopper],\n", ""),
            ("keras.layers.LSTM(8, return_sequences=True)", "keras.layers.GRU(8, return_sequences=True)"),
        ],
    },
}
"""What is replaced in the reference's code, by student and task."""

LOST = {
    "first again": {
        "1.1": ["parameter_shapes", "value_equals"],
        "1.2": ["value_equals"],
        "2.1": ["summary_shown"],
        "2.2": ["layer_settings", "summary_shown", "narrows_gap"],
        "3.1": ["summary_shown", "keeps_best_epoch"],
    },
    "pasted": {
        "1.1": ["value_equals"],
        "1.2": ["value_equals"],
        "2.1": ["metric_at_least", "figure_drawn"],
        "2.2": ["training_curve", "narrows_gap"],
        "3.1": ["same_parameters", "metric_at_least"],
    },
    "on and on": {
        "2.1": ["trains_layer", "parameter_shapes"],
        "2.2": ["figure_drawn"],
        "3.1": ["parameter_shapes", "layer_settings", "stops_early"],
    },
}
"""Checks that each of these has to lose, and no other."""


@pytest.fixture(scope="module")
def lesson() -> Assignment:
    """The assignment."""
    return load_lesson(LESSON)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionResult]:
    """Honest and faulty students, the reference as one of them, and the lesson as it is handed out."""
    if find_spec("keras") is None:
        pytest.skip("the extra keras is not installed")
    folder = tmp_path_factory.mktemp("class")
    write_answers(LESSON, folder / "habits.ipynb", HABITS, marked=False)
    for student, changes in REPLACED.items():
        write_answers(LESSON, folder / f"{student}.ipynb", spoil_answers(LESSON, changes))
    return grade_answers(LESSON, folder)


def test_answers_are_blank() -> None:
    """A comment that invites to write, and no line of an answer."""
    cells = nbformat.read(find_released(LESSON), as_version=4).cells
    answers = [cell for cell in cells if cell.metadata.get("grader", {}).get("role") == "answer"]
    assert all(cell.source.startswith("# ") and "\n" not in cell.source for cell in answers)


def test_missing_package_is_named_with_its_remedy(lesson: Assignment) -> None:
    """Before anything runs, and by the command that installs it."""
    lacking = lesson.model_copy(update={"packages": {"no_such_package": "pip install 'grader[keras]'"}})
    with pytest.raises(AssignmentError, match=r"no_such_package.*pip install 'grader\[keras\]'"):
        require_packages(lacking)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("student", "points"), [("reference", 100), ("habits", 100), ("blank", 0)])
def test_right_answers_keep_their_marks(
    graded: dict[str, SubmissionResult], student: str, points: float
) -> None:
    """However they are written; and what was handed out earns nothing."""
    result = graded[student]
    assert points == result.score, explain_lost(result)
    assert points == 0 or not result.needs_review


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("student", REPLACED)
def test_each_fault_loses_its_own_checks(graded: dict[str, SubmissionResult], student: str) -> None:
    """And no other."""
    assert LOST[student] == list_lost(graded[student]), explain_lost(graded[student])
