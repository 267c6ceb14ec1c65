package httpd

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// plainBodies are what our own agents send, and the like.
var plainBodies = []string{
	`{"service":"tax","channel":"phone"}`,
	`{"channel":"card","service":"id-card","person":{"name":"王小明","idNumber":"11010519491231002X","phone":"13800138000"}}`,
	` { "service" : "tax" ,"channel":"name","priority":"senior",` + "\n\t\r" + `"person":{} } `,
}

// otherBodies need a closer look, whether they are right or wrong.
var otherBodies = []string{
	``, `{`, `{}`, `[]`, `null`, `"tax"`, `{"service":"tax"}`, `{"channel":"phone"}`, `{"service":"","channel":"phone"}`,
	`{"service":"tax","channel":"smoke"}`, `{"service":"tax","channel":""}`, `{"Service":"tax","channel":"phone"}`,
	`{"service":"tax","channel":"phone"}x`, `{"service":"tax","channel":"phone"}{}`, `{"service":"tax","channel":"phone",}`,
	`{,"service":"tax","channel":"phone"}`, `{"service":"tax" "channel":"phone"}`, `{"service":"tax","channel":"phone"`,
	`{"service":"tax","service":"id-card","channel":"phone"}`, `{"service":"tax","channel":"phone","servce":"x"}`,
	`{"service":"tax","channel":"phone","person":null}`, `{"service":"tax","channel":"phone","person":{"name":1}}`,
	`{"service":"tax","channel":"phone","person":{"age":"1"}}`, `{"service":"tax","channel":"phone","silent":true}`,
	`{"service":"tax","channel":"phone","priority":7}`, `{"service":"t\u0061x","channel":"phone"}`, "{\"service\":\"t\nax\",\"channel\":\"phone\"}",
	"{\"service\":\"t\xffx\",\"channel\":\"phone\"}", "\xef\xbb\xbf" + `{"service":"tax","channel":"phone"}`,
	`{"service":"` + strings.Repeat("x", 61) + `","channel":"phone"}`, `{"service":"tax","channel":"phone","person":{"phone":"` + strings.Repeat("1", 21) + `"}}`,
}

// general returns a function that reads a body as huma's route does; nil if it
// refuses it.
func general() func(ctx context.Context, body []byte) *takeInput {
	var got *takeInput
	mux := http.NewServeMux()
	huma.Register(newAPI(mux, "test"), huma.Operation{OperationID: "take", Method: http.MethodPost, Path: "/", MaxBodyBytes: maxBody},
		func(_ context.Context, in *takeInput) (*struct{}, error) {
			got = in
			return &struct{}{}, nil
		})
	return func(ctx context.Context, body []byte) *takeInput {
		got = nil
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		mux.ServeHTTP(httptest.NewRecorder(), r)
		return got
	}
}

func channels() []string { return strings.Split(takeTag("Channel", "enum"), ",") }

func TestPlainBodiesAreTakenForPlain(t *testing.T) {
	for _, body := range plainBodies {
		if !plainTake([]byte(body), &takeInput{}, channels()) {
			t.Errorf("not plain: %s", body)
		}
	}
	for _, channel := range channels() {
		if body := `{"service":"tax","channel":"` + channel + `"}`; !plainTake([]byte(body), &takeInput{}, channels()) {
			t.Errorf("not plain: %s", body)
		}
	}
	for _, body := range otherBodies {
		if plainTake([]byte(body), &takeInput{}, channels()) {
			t.Errorf("plain: %s", body)
		}
	}
}

// FuzzPlainTake holds the quick way to the general one: it may only accept what
// that accepts, and reads the same from it.
func FuzzPlainTake(f *testing.F) {
	for _, body := range append(plainBodies, otherBodies...) {
		f.Add([]byte(body))
	}
	read := general()
	f.Fuzz(func(t *testing.T, body []byte) {
		var quick takeInput
		if !plainTake(body, &quick, channels()) {
			return
		}
		if slow := read(t.Context(), body); slow == nil || !reflect.DeepEqual(quick, *slow) {
			t.Errorf("%q: read %+v, huma reads %+v", body, quick, slow)
		}
	})
}
