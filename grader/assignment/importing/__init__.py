"""Makes assignments of what instructors have: notebooks of nbgrader's and of otter's."""
