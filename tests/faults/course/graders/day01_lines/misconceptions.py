from proctorch.grading.vocabulary import misconception


@misconception("centre", "takes one mean for all columns", hint="Each column has a mean of its own. Over which axis?")
def centre(points):
    return points - points.mean()
