from setuptools import find_packages, setup

setup(
    name="clap_bench",
    version="0.1.0",
    packages=find_packages(include=["clap_bench", "clap_bench.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_bench"]),
        ("share/clap_bench", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The benchmark suite: tasks, experts, scoring, demonstrations.",
    license="Apache-2.0",
    entry_points={
        "clap.agents": [
            "align = clap_bench.suite.agents.align:Align",
            "baseline = clap_bench.suite.agents.baseline:Baseline",
            "clap = clap_bench.suite.agents.learned:Clap",
            "expert = clap_bench.suite.agents.expert:Expert",
            "idle = clap_bench.suite.agents.stand_ins:Idle",
            "learned = clap_bench.suite.agents.learned:Learned",
            "random = clap_bench.suite.agents.stand_ins:Random",
            "wrong-object = clap_bench.suite.agents.stand_ins:WrongObject",
        ],
    },
)
