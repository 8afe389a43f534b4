from pathlib import Path

from proctorch.gradebook import configure

c = get_config()
course = Path(__file__).resolve().parent

c.CourseDirectory.course_id = "faults"
c.CourseDirectory.root = str(course)
c.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"

configure(c, course)
