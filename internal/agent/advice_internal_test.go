package agent

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"smarthall/internal/device"
)

// adviceTexts are the pages' words of what to do, in Chinese: other languages
// translate them.
const adviceTexts = "../ui/src/devices/zh-CN.json"

func TestPagesTranslateWhatTheAgentAdvises(t *testing.T) {
	data, err := os.ReadFile(adviceTexts)
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	for key, text := range texts {
		state, class, _ := strings.Cut(strings.TrimPrefix(key, "advice."), ".")
		said := Advice(device.Class(class), device.State(state))
		// A pad may be a page, which is told something else.
		asPage := adviceAt(pagePort, device.Class(class), device.State(state))
		if text != said && (!strings.HasPrefix(text, said) || !strings.HasSuffix(text, strings.TrimPrefix(asPage, "请"))) {
			t.Errorf("%s: the pages translate %q, the agent says %q", key, text, said)
		}
	}
	for state := range advices {
		if texts["advice."+string(state)] == "" {
			t.Errorf("the pages have no words for %s", state)
		}
	}
}
