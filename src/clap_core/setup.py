from setuptools import find_packages, setup

setup(
    name="clap_core",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_core"]),
        ("share/clap_core", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The stack's logic without ROS: geometry, clouds, kinematics, plans, baselines.",
    license="Apache-2.0",
    entry_points={
        "clap.planners": ["baseline = clap_core.baseline.planner:GrammarPlanner"],
        "clap.keypoint_finders": ["baseline = clap_core.baseline.keypoint:GeometricKeypointFinder"],
        "clap.policies": ["baseline = clap_core.baseline.policy:AnalyticPolicy"],
    },
)
