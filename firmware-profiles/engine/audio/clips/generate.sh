#!/bin/sh
# Makes the clips that a display's voice is joined from. They are committed, so
# this is run only to change the voice; it needs espeak-ng (apt install
# espeak-ng) and Go. espeak-ng is fed with pinyin: given characters, its
# Mandarin voice reads English in between.
#
# To use recordings of a person instead, put files of the same names (16 kHz,
# 16 bit, mono WAV) into a folder and name it in the display's settings as
# voice: {clips: FOLDER}.
set -eu
cd "$(dirname "$0")"
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT

say() { # say NAME VOICE TEXT
	espeak-ng -v "$2" -s 150 -p 45 -w "$raw/$1.wav" "$3"
}

for pair in 0:ling2 1:yi1 2:er4 3:san1 4:si4 5:wu3 6:liu4 7:qi1 8:ba1 9:jiu3 \
	shi:shi2 qing:qing3 hao:hao4 dao:dao4 chuangkou:chuang1kou3 banli:ban4li3; do
	say "${pair%%:*}" cmn-latn-pinyin "${pair#*:}"
done
for letter in A B C D E F G H I J K L M N O P Q R S T U V W X Y Z; do
	say "$letter" en-us "$letter"
done

go run ./resample "$raw" .
