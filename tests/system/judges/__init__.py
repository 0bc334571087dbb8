from .icaljs import judge_by_icaljs
from .libical import judge_by_libical

JUDGES = {"libical": judge_by_libical, "icaljs": judge_by_icaljs}
