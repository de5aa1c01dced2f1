# shellcheck shell=bash
# Sourced by the other scripts: finds the repository, and brings a fresh Debian or Ubuntu to where it can build and run.
# Nothing here asks for a home folder: with HOME unset, or one that cannot be written, the tools get one inside artifacts/.

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
configuration=Release
program=$root/artifacts/bin/Kanade.Cli/release_linux-x64/kanade
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s\n' "$*" >&2; }

if [ -z "${HOME:-}" ] || ! [ -d "$HOME" ] || ! [ -w "$HOME" ]; then
  export HOME=$root/artifacts/home
  mkdir -p "$HOME"
fi

# The program's host looks for the runtime in the system's places; an SDK that is only on PATH is not one of them.
if [ -z "${DOTNET_ROOT:-}" ] && command -v dotnet >/dev/null; then
  DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
  export DOTNET_ROOT
fi

has_library() { [ -n "$(ldconfig -p 2>/dev/null | grep -F "$1" | head -n 1)" ]; }

has_sdk() { command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -qE '^1[0-9]\.'; }

# Prints the Debian packages that are not here, of those that Kanade needs and of the programs named (each in a package of its name).
missing_packages() {
  local program
  has_library libsndfile.so.1 || echo libsndfile1
  has_library libsoxr.so.0 || echo libsoxr0
  has_library libebur128.so.1 || echo libebur128-1
  has_library libicuuc.so || apt-cache search --names-only '^libicu[0-9]+$' 2>/dev/null | awk '{print $1}' | sort -V | tail -n 1
  [ -e /var/lib/mecab/dic/open-jtalk/naist-jdic/sys.dic ] || echo open-jtalk-mecab-naist-jdic
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core   # the plots' letters
  command -v mpirun >/dev/null || echo openmpi-bin
  for program in "$@"; do
    command -v "$program" >/dev/null || echo "$program"
  done
}

# Installs what is missing, programs named included, where that can be done without asking; otherwise says what to install, and fails.
install_packages() {
  local packages as_root=()
  PATH=$PATH:/sbin:/usr/sbin
  mapfile -t packages < <(missing_packages "$@")
  if ! has_sdk && [ -n "$(apt-cache search --names-only '^dotnet-sdk-10.0$' 2>/dev/null)" ]; then
    packages+=(dotnet-sdk-10.0)
  fi
  if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ]; then
      if sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(false); fi
    fi
    if [ "${as_root[0]:-}" = false ] || ! command -v apt-get >/dev/null; then
      say "missing, and not to be installed from here: as root, run: apt-get install ${packages[*]}"
      return 1
    fi
    say "installing: ${packages[*]}"
    "${as_root[@]}" apt-get update -qq >&2
    # The lists of a fresh machine are empty: what could not be named before can be now.
    mapfile -t packages < <(missing_packages "$@")
    if ! has_sdk && [ -n "$(apt-cache search --names-only '^dotnet-sdk-10.0$' 2>/dev/null)" ]; then
      packages+=(dotnet-sdk-10.0)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
  fi
  require_sdk
}

require_sdk() {
  if ! has_sdk; then
    say "the .NET SDK 10 is missing: install the package dotnet-sdk-10.0, or see https://dotnet.microsoft.com/download/dotnet/10.0"
    return 1
  fi
}

# Gets the packages; further arguments are the restore's. A feed without the compiler that shortens the start costs that, and nothing else.
restore() {
  dotnet restore "$root/$1" "${@:2}" -v quiet >&2 && return
  say "trying again without the compiler for a fast start"
  export PublishReadyToRun=false
  dotnet restore "$root/$1" "${@:2}" -v quiet >&2
}

# Builds what is given (the whole solution, or one project); several ranks or terminals may ask at the same time.
build() {
  require_sdk
  mkdir -p "$root/artifacts"
  (
    flock 9
    restore "$1"
    dotnet build "$root/$1" -c "$configuration" --no-restore -v quiet -nologo >&2
  ) 9>"$root/artifacts/.build.lock"
}

# Builds the program, unless no source is newer than the last time it was built.
build_program() {
  local built=$root/artifacts/.built
  if [ -x "$program" ] && [ -e "$built" ] &&
    [ -z "$(find "$root/src" -newer "$built" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' \) -print -quit)" ]; then
    return
  fi
  if [ -x "$program" ] && ! has_sdk; then
    say "the program is older than its sources, and there is no SDK to build it again"
    return
  fi
  say "building kanade"
  mkdir -p "$root/artifacts"
  touch "$built.$$"
  build src/Kanade.Cli
  mv "$built.$$" "$built"
}
