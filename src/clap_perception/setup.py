from setuptools import find_packages, setup

setup(
    name="clap_perception",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_perception"]),
        ("share/clap_perception", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Nodes that see: cloud fusion, keypoint service, encoder, fine policy.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "cloud_fusion = clap_perception.cloud_fusion.node:main",
            "keypoint = clap_perception.keypoint.node:main",
            "encoder = clap_perception.encoder.node:main",
            "policy = clap_perception.policy.node:main",
        ]
    },
)
