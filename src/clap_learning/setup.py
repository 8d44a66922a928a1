from setuptools import find_packages, setup

setup(
    name="clap_learning",
    version="0.1.0",
    packages=find_packages(),
    package_data={
        "clap_learning.keypoint": ["colours.json"],
        "clap_learning.parser": ["wordings/*.yaml"],
        "clap_learning.shown_plans": ["handling.yaml"],
    },
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_learning"]),
        ("share/clap_learning", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The learned models and their training, without ROS.",
    license="Apache-2.0",
    entry_points={
        "clap.encoders": ["clar = clap_learning.clar.backend:ClarBackend"],
        "clap.keypoint_finders": [
            "learned = clap_learning.keypoint.backend:LearnedFinder",
            "qwen = clap_learning.vlm.backend:QwenFinder",
        ],
        "clap.planners": [
            "learned = clap_learning.parser.backend:LearnedPlanner",
            "llm = clap_learning.planner.backend:LlmPlanner",
            "shown = clap_learning.shown_plans.backend:ShownPlanner",
        ],
        "clap.policies": [
            "align = clap_learning.policy.align:AlignPolicy",
            "clap = clap_learning.policy.clap.backend:ClapPolicy",
        ],
        "clap.step_policies": ["step = clap_learning.step.backend:LearnedStepPolicy"],
    },
)
