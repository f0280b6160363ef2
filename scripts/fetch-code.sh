#!/usr/bin/env bash
# Fetches real source code for pipelines/public-data.yaml: packages of the npm registry, by name and version, each under a licence that
# permits redistribution (MIT, ISC or Apache-2.0). Every archive must have the SHA-512 written here; one that is there already and has it is
# not fetched again.
# usage: scripts/fetch-code.sh [FOLDER]      default folder: .cache/code
set -euo pipefail
folder=${1:-.cache/code}

# package@version, the archive's SHA-512
packages() {
    cat <<'LIST'
underscore@1.13.7 18c5f35adb1ce7b5c0b60b9981a4158943b3b34293924f288ebdffc40c572c84ea7ffdc4330c42d229f21137c31631ff2ab6e1b9ea741cd6db8c8f62feadc5de
lodash@4.17.21 bf690311ee7b95e713ba568322e3533f2dd1cb880b189e99d4edef13592b81764daec43e2c54c61d5c558dc5cfb35ecb85b65519e74026ff17675b6f8f916f4a
express@5.1.0 0d3f5c939608454fbc198cf3539913dde1c603988bfb565dd04bad3a64c4f43b64f93beecdddb754153e79cec73cd493c5760ee7980f57f86ae294812438c5a4
typescript@5.9.3 8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b
d3@7.9.0 7b5538ea354ffb0ec8badf09b7cae2d58b0f3af169838ea4f8af13a426f43fece30a48e43e757b5b37c3273307cb52e703ec23e692d3d708cef74d602d778484
vue@3.5.22 b686998d0ddafc6fe661a2d26d5f90b1084874ca3dc79aeba88a5844e6ec27a4ff27e4720921703762c73551fdbfcb887258c335add0ccf55dbf763a6fd84025
rxjs@7.8.2 76129ff74dd4fcf41963a6e834db4019d59b1bce5601b8d3ff5c58a19202ec5018d3259aa4e05056c56b0e5e7c5bcebffded55a4c341b5157831a5df74cc9214
date-fns@4.1.0 524ab4a306d05f16bf537106b6c755064475c3b28e43980806a747da192f927cd93d8bc1c5bfda6ba13c2fbb668c5b64c1906edd45c16e32203e8fc4cf8c5a36
node-gyp@11.4.2 de00feeb3b2b2d01fb0f260e508bad69abae5eb732c5e4cfc90b9940242834f64c1cc312e66e32d31725369bd8ce82b754dceecb14fa785e269082f859267579
node-addon-api@8.5.0 fdb459b72da65d420563fc54e472efbde34796cc0d25e8fe467c418ce32489d59fc19ce04db3c6d44dcae533b144b391fb9857edb4a87f2f327f58597af312f0
LIST
}

has_sum() { [[ -f $1 ]] && echo "$2  $1" | sha512sum --check --status; }

command -v npm >/dev/null || { echo 'fetch-code: npm is missing; run: scripts/setup.sh test' >&2; exit 4; }
mkdir -p "$folder"
while read -r package sum; do
    archive=$folder/${package/@/-}.tgz
    if has_sum "$archive" "$sum"; then
        echo "fetch-code: $package is there"
        continue
    fi
    echo "fetch-code: fetching $package from the npm registry"
    fresh=$(mktemp -d "$folder/.fetch.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    if ! npm pack --silent --pack-destination "$fresh" "$package" >/dev/null 2>"$fresh/errors"; then
        cat "$fresh/errors" >&2
        echo "fetch-code: npm could not fetch $package; check the network (npm ping) and run this again" >&2
        exit 4
    fi
    if ! has_sum "$fresh/${package/@/-}.tgz" "$sum"; then
        echo "fetch-code: $package does not have the SHA-512 written in scripts/fetch-code.sh; it was not kept" >&2
        exit 3
    fi
    mv "$fresh/${package/@/-}.tgz" "$archive"
    rm -rf "$fresh"
done < <(packages)
echo "fetch-code: $(packages | wc -l) packages in $folder"
