package camera

import (
	"bytes"
	"fmt"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
)

// RunVector plays a vector of a camera profile:
//
//	do: format, in: mjpeg     out is the format's FourCC, as V4L2 is asked for it
//	do: snapshot              out is the request for a picture over HTTP
//	do: frame                 recv is one frame as it came from the camera
//
// The words of is are size (such as 16x16, of a frame that is or can be made a
// whole picture) and error (frame).
func RunVector(p *profile.Profile, v profile.Vector) error {
	var want []byte
	switch v.Do {
	case "format":
		name, _ := v.In.(string)
		if len(fourCCs[name]) == 0 {
			return fmt.Errorf("no format %v", v.In)
		}
		want = []byte(fourCCs[name][0])
	case "snapshot":
		want = []byte("GET " + PathsOf(p).Still)
	case "frame":
		return runFrame(v)
	default:
		return fmt.Errorf("vector does %q, which cameras don't", v.Do)
	}
	if !bytes.Equal(v.Out, want) {
		return fmt.Errorf("%s sends %s (%s), the vector says %s", v.Do, profile.Bytes(want), want, v.Out)
	}
	return nil
}

func runFrame(v profile.Vector) error {
	key, got := "error", "frame"
	if jpg, err := sheet.Complete(v.Recv); err == nil {
		size, err := sheet.Size(jpg)
		if err != nil {
			return err
		}
		key, got = "size", fmt.Sprintf("%dx%d", size.X, size.Y)
	}
	if want, ok := v.Is[key]; !ok || len(v.Is) != 1 || want != got {
		return fmt.Errorf("the frame means {%s: %v}, the vector says %v", key, got, v.Is)
	}
	return nil
}
