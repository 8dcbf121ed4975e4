"""What runs inside the student's kernel: it fixes seeds and devices and writes down what training did.

Nothing here knows points or expected values, and nothing here is trusted by the judge beyond what a
process that a student controls can be trusted with.
"""
