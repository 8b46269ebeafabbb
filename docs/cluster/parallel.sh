#!/bin/sh
# A study by GNU parallel on the machines that a file names, one a line, over a folder that
# all of them share:
#
#   ./parallel.sh /shared/study 20 machines.txt
#
# The folder holds the study's study.toml. Without machines.txt all shares run here. Run it
# again if a machine died: only what has no record is run.
set -eu
folder=$1
shares=$2
machines=${3:-}
parallel ${machines:+--sshloginfile "$machines"} --halt soon,fail=100% \
    rarefy study run "$folder" --shard "{}/$shares" --jobs 1 --quiet \
    ::: $(seq "$shares") || echo "some shares failed; collecting what there is" >&2
rarefy study collect "$folder"
