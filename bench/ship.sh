#!/bin/sh
# What `docs/ship.md` and `results/README.md` say of artifacts' speed, measured anew into results/ship; for a quiet machine.
#
#     sh bench/ship.sh [PICTURES]      # a folder of JPEGs; PYTHON=… names the interpreter, PYTHONPATH more engines
#
# About twenty minutes on two idle cores. Accuracy is measured by the commands of results/README.md.
set -eu
cd "$(dirname "$0")/.."
pictures=${1:-../shared/data/images}
python=${PYTHON:-.venv/bin/python}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_CACHE_HOME="$folder/cache"
mkdir -p results/ship
for network in resnet18 resnet50; do
    "$python" -m residua export "$network" --to openvino --precision int8 --out "$folder/$network" --quiet
done
one=$(find "$pictures" -iname '*.jp*g' | sort | head -n 1)
"$python" bench/cold_start.py "$folder/resnet18" "$one" > results/ship/cold_start.json
"$python" bench/ship_files.py "$folder/resnet50" "$pictures" --out results/ship/files.json > /dev/null
beside=$("$python" -c "import litserve" 2> /dev/null && echo --litserve || true)
"$python" bench/serve_load.py "$folder/resnet18" "$pictures" $beside --out results/ship/serve.json > /dev/null
"$python" bench/ship_engines.py resnet18 resnet50 --out results/ship/engines.json > /dev/null
