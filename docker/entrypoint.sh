#!/bin/bash
# Sets up ROS and the workspace, then becomes the command.
set -e
source /opt/ros/jazzy/setup.bash
source /opt/clap/install/setup.bash
exec "$@"
