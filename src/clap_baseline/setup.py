from setuptools import find_packages, setup

setup(
    name="clap_baseline",
    version="0.1.0",
    packages=find_packages(include=["clap_baseline", "clap_baseline.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_baseline"]),
        ("share/clap_baseline", ["package.xml"]),
    ],
    package_data={"clap_baseline": ["*.yaml"]},
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Planner by grammar, keypoints by geometry, analytic policy; no learning.",
    license="Apache-2.0",
    entry_points={
        "clap.planners": ["baseline = clap_baseline.planner:GrammarPlanner"],
        "clap.keypoint_finders": ["baseline = clap_baseline.keypoint:GeometricKeypointFinder"],
        "clap.policies": ["baseline = clap_baseline.policy:AnalyticPolicy"],
    },
)
