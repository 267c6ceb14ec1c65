#!/bin/sh
# Makes the sentences that the kiosk's pages speak, from sentences.txt. They are
# committed, so this is run only to change the voice; it needs espeak-ng (apt
# install espeak-ng) and Go. espeak-ng is fed with pinyin: given characters, its
# Mandarin voice reads English in between.
#
# To use recordings of a person instead, put files of the same names into
# LANGUAGE folders (zh-CN/services.wav; WAV of any kind that browsers play, of at
# most 4 MB), and name the folder above them in the kiosk's settings as
# voice: {clips: FOLDER}. What isn't there is spoken as before.
set -eu
cd "$(dirname "$0")"
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
mkdir "$raw/zh-CN" "$raw/en"

grep -v '^#' sentences.txt | while IFS='|' read -r key _ pinyin english; do
	espeak-ng -v cmn-latn-pinyin -s 165 -p 45 -w "$raw/zh-CN/$key.wav" "$pinyin"
	espeak-ng -v en-gb -s 175 -p 45 -w "$raw/en/$key.wav" "$english"
done

rm -f zh-CN/*.wav en/*.wav
go run ./compact "$raw/zh-CN" zh-CN
go run ./compact "$raw/en" en
