#!/usr/bin/env bash
# Speaks the sample corpus of tests/Corpus: 32 sentences, two voices, two styles each, 24 kHz mono 16-bit FLAC; labels/ has when each phone is spoken.
#   scripts/sample-corpus.sh <voices> [<out>]
# <voices> holds takumi/ and mei/ with the .htsvoice files of MMDAgent (see tests/Corpus/CREDITS.md).
# Needs Debian's open-jtalk, open-jtalk-mecab-naist-jdic and ffmpeg. Same tools, same bytes.
set -euo pipefail
voices=${1:?usage: scripts/sample-corpus.sh <voices> [<out>]}
out=${2:-$(dirname "$0")/../tests/Corpus}
dictionary=${DICTIONARY:-/var/lib/mecab/dic/open-jtalk/naist-jdic}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$out/audio" "$out/labels"

# text | what is spoken, where the synthesiser could not read the text
sentences() { cat <<'TEXT'
今日はいい天気ですね。
駅前の喫茶店で待っています。
明日の朝、六時に起きます。
橋の端で箸を拾いました。
彼女は静かに窓を開けた。
新しい靴を買いに行こう。
この本はもう読みましたか？
夕焼けがとてもきれいだった。
少し休んでから始めましょう。
冷たい水を一杯ください。
雪が降る夜は、音が消える。
やっと試験が終わった！
遠くで雷が鳴っている。
電車が遅れて、間に合わない。
先生、質問があります。
猫が屋根の上で眠っている。
おはようございます。
どうもありがとう。
それは、ちょっとちがうよ。
ゆっくり、いきをすって。
いってらっしゃい！
すもももももももものうち。
きょう、ここにこれる？
ええと、なんだったかな。
コーヒーとケーキをどうぞ。
konnichiwa, kanade desu.|こんにちは、かなでです。
mata ashita ne.|またあしたね。
watashi wa sensei desu.|わたしはせんせいです。
TシャツをLサイズで二枚。
会議は3月14日の午後2時です。
部屋は25度、湿度は60％です。
あはははは、それはおかしい。
TEXT
}

# speak <voice file> <spoken text> <flac> <label>: resampled with soxr, mean level -26 dBFS unless the peak would pass -3 dBFS.
speak() {
  printf '%s\n' "$2" > "$work/text.txt"
  open_jtalk -x "$dictionary" -m "$1" -ow "$work/speech.wav" -ot "$work/trace.txt" "$work/text.txt"
  sed -n '/^\[Output label\]/,/^$/p' "$work/trace.txt" | sed -nE 's/^([0-9]+) ([0-9]+) [^-]*-([^+]*)\+.*/\1 \2 \3/p' > "$4"
  local levels mean peak gain
  levels=$(ffmpeg -hide_banner -nostats -nostdin -i "$work/speech.wav" -af volumedetect -f null - 2>&1)
  mean=$(sed -n 's/.*mean_volume: \(.*\) dB/\1/p' <<< "$levels")
  peak=$(sed -n 's/.*max_volume: \(.*\) dB/\1/p' <<< "$levels")
  gain=$(awk -v m="$mean" -v p="$peak" 'BEGIN { g = -26 - m; if (p + g > -3) g = -3 - p; printf "%.2f", g }')
  ffmpeg -hide_banner -loglevel error -nostdin -y -i "$work/speech.wav" -fflags +bitexact -flags +bitexact -map_metadata -1 \
    -af "volume=${gain}dB,aresample=24000:resampler=soxr:precision=28:osf=s16:dither_method=none" -ac 1 -compression_level 12 "$3"
}

printf 'audio\ttext\tspeaker\tstyle\n' > "$out/metadata.tsv"
number=0
while IFS='|' read -r text spoken; do
  number=$((number + 1))
  for voice in takumi mei; do
    # Each sentence in both styles, one by each voice; the styles change places from sentence to sentence.
    if (( (number + (${#voice} == 3)) % 2 )); then style=neutral emotion=normal; else style=happy emotion=happy; fi
    file=$(printf 'audio/%s_%02d.flac' "$voice" "$number")
    speak "$voices/$voice/${voice}_$emotion.htsvoice" "${spoken:-$text}" "$out/$file" "$out/labels/$(basename "$file" .flac).lab"
    printf '%s\t%s\t%s\t%s\n' "$file" "$text" "$voice" "$style" >> "$out/metadata.tsv"
  done
done < <(sentences)
echo "$number sentences, $(du -sk "$out/audio" | cut -f1) KiB in $out" >&2
