package privacy_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"smarthall/internal/privacy"
)

func TestMaskName(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"two characters", "王芳", "王*"},
		{"three characters show no more than two do", "王小明", "王*"},
		{"compound surname", "欧阳修", "欧阳*"},
		{"compound surname, two given", "司马相如", "司马*"},
		{"two characters are never a bare compound surname", "欧阳", "欧*"},
		{"one character", "王", "*"},
		{"name with a dot", "阿卜杜拉·买买提", "阿*"},
		{"rare character outside the BMP", "\U00020BB7田一", "\U00020BB7*"},
		{"latin", "SMITH JOHN", "S* J*"},
		{"latin with comma", "SMITH, JOHN PAUL", "S* J*"},
		{"latin, one letter", "O KIM", "* K*"},
		{"cyrillic", "Иван Петров", "И* П*"},
		{"padding of the chip", "  李四  ", "李*"},
		{"empty", " ", ""},
		{"not UTF-8", "\xff\xfe", "\uFFFD*"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := privacy.MaskName(tt.in); got != tt.want {
				t.Errorf("MaskName(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestMaskNumber(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"citizen", "31010119900101123X", "3****************X"},
		{"permit", "H12345678", "H*******8"},
		{"four characters", "1234", "1**4"},
		{"three characters", "123", "***"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := privacy.MaskNumber(tt.in); got != tt.want {
				t.Errorf("MaskNumber(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestMaskPhone(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"mobile", "13812345678", "138****5678"},
		{"land line", "02112345678", "021****5678"},
		{"international", "+8613812345678", "**********5678"},
		{"short", "12345", "***45"},
		{"one digit", "1", "*"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := privacy.MaskPhone(tt.in); got != tt.want {
				t.Errorf("MaskPhone(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// FuzzMask holds that whatever a card says, no more than the promised part of
// it comes out.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"王小明", "SMITH JOHN", "31010119900101123X", "13812345678", "\xff", "a,,b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, number, phone := privacy.MaskName(s), privacy.MaskNumber(s), privacy.MaskPhone(s)
		for _, got := range []string{name, number, phone} {
			if !utf8.ValidString(got) {
				t.Errorf("%q became invalid text %q", s, got)
			}
		}
		if n := utf8.RuneCountInString(name); n > 5 {
			t.Errorf("MaskName(%q) = %q shows too much", s, name)
		}
		if n := shown(number); n > 2 {
			t.Errorf("MaskNumber(%q) = %q shows %d characters", s, number, n)
		}
		if n := shown(phone); n > 7 {
			t.Errorf("MaskPhone(%q) = %q shows %d characters", s, phone, n)
		}
	})
}

func shown(masked string) int {
	return utf8.RuneCountInString(strings.ReplaceAll(masked, "*", ""))
}
