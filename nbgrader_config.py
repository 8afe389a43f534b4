"""nbgrader's settings for this course: it releases and collects, Proctorch grades.

`configure` puts the engine's exporter and preprocessor into autograde; CONTRIBUTING.md says how to change more.
"""

from pathlib import Path

from proctorch.gradebook import configure

c = get_config()
course = Path(__file__).resolve().parent

c.CourseDirectory.course_id = "proctorch"
c.CourseDirectory.root = str(course)
# Gradebook and results stand in one database. Several graders at once: "postgresql+psycopg://user@host/proctorch".
c.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"

configure(c, course)
