package receipt

// lengths of commands that this paper doesn't show, in bytes with their
// arguments: sounds, drawers, margins, code pages, fonts.
var lengths = map[[2]byte]int{
	{0x10, 0x04}: 3, {0x10, 0x05}: 3, {0x10, 0x14}: 5,
	{0x1B, 0x20}: 3, {0x1B, 0x24}: 4, {0x1B, 0x2D}: 3, {0x1B, 0x32}: 2, {0x1B, 0x33}: 3,
	{0x1B, 0x42}: 4, {0x1B, 0x44}: 3, {0x1B, 0x4C}: 2, {0x1B, 0x4D}: 3, {0x1B, 0x52}: 3,
	{0x1B, 0x53}: 2, {0x1B, 0x54}: 3, {0x1B, 0x56}: 3, {0x1B, 0x5C}: 4, {0x1B, 0x63}: 4,
	{0x1B, 0x70}: 5, {0x1B, 0x74}: 3, {0x1B, 0x7B}: 3, {0x1B, 0x39}: 3,
	{0x1C, 0x2D}: 3, {0x1C, 0x43}: 3, {0x1C, 0x53}: 4,
	{0x1D, 0x42}: 3, {0x1D, 0x48}: 3, {0x1D, 0x4C}: 4, {0x1D, 0x50}: 4, {0x1D, 0x57}: 4,
	{0x1D, 0x61}: 3, {0x1D, 0x66}: 3, {0x1D, 0x68}: 3, {0x1D, 0x77}: 3,
}

// command executes the command that p begins with.
func (d *Decoder) command(p []byte) (int, Event) {
	if len(p) < 2 {
		return 0, Event{}
	}
	if p[0] == 0x1C && d.ansi {
		d.Unknown++
		return 1, Event{} // what follows is printed
	}
	if n, ok := lengths[[2]byte{p[0], p[1]}]; ok {
		if len(p) < n {
			return 0, Event{}
		}
		return n, Event{}
	}
	switch p[0] {
	case 0x1B:
		return d.esc(p)
	case 0x1C:
		return d.fs(p)
	case 0x1D:
		return d.gs(p)
	default:
		d.Unknown++
		return 1, Event{}
	}
}

// setting runs set with the argument of a three-byte command.
func setting(p []byte, set func(arg byte)) (int, Event) {
	if len(p) < 3 {
		return 0, Event{}
	}
	set(p[2])
	return 3, Event{}
}

func (d *Decoder) esc(p []byte) (int, Event) {
	switch p[1] {
	case 0x40: // ESC @
		d.reset()
		return 2, Event{}
	case 0x21: // ESC ! print mode
		return setting(p, func(n byte) {
			d.bold = n&0x08 != 0
			d.height = 1 + int(n>>4&1)
			d.width = 1 + int(n>>5&1)
		})
	case 0x45, 0x47: // ESC E bold, ESC G double strike
		return setting(p, func(n byte) { d.bold = n&1 != 0 })
	case 0x61: // ESC a
		return setting(p, func(n byte) { d.align = alignOf(n) })
	case 0x64: // ESC d: the line, then n-1 empty ones
		return setting3(p, func(n byte) Event {
			if n == 0 {
				return Event{}
			}
			d.feeds = int(n) - 1
			return d.newLine()
		})
	case 0x4A: // ESC J: the line, then some dots
		return setting3(p, func(byte) Event { return d.newLine() })
	case 0x69: // ESC i
		return d.cut(2, "full")
	case 0x6D: // ESC m
		return d.cut(2, "partial")
	case 0x2A: // ESC * bit image: columns of dots, passed over
		if len(p) < 5 {
			return 0, Event{}
		}
		d.skip = int(p[3]) + int(p[4])<<8
		if p[2] == 32 || p[2] == 33 {
			d.skip *= 3
		}
		return 5, Event{}
	default:
		d.Unknown++
		return 2, Event{}
	}
}

// setting3 is setting for a command that prints.
func setting3(p []byte, run func(arg byte) Event) (int, Event) {
	if len(p) < 3 {
		return 0, Event{}
	}
	return 3, run(p[2])
}

func alignOf(n byte) Align {
	switch n {
	case 1, '1':
		return Center
	case 2, '2':
		return Right
	default:
		return Left
	}
}

func (d *Decoder) fs(p []byte) (int, Event) {
	switch p[1] {
	case 0x26: // FS &
		d.chinese = true
		return 2, Event{}
	case 0x2E: // FS .
		d.chinese = false
		return 2, Event{}
	case 0x21: // FS !
		return setting(p, func(n byte) { d.wide = n&0x04 != 0 })
	case 0x28: // FS ( x: fonts of the Chinese mode, passed over
		if len(p) < 5 {
			return 0, Event{}
		}
		d.skip = int(p[3]) + int(p[4])<<8
		return 5, Event{}
	case 0x57: // FS W
		return setting(p, func(n byte) { d.wide = n&1 != 0 })
	default:
		d.Unknown++
		return 2, Event{}
	}
}

func (d *Decoder) gs(p []byte) (int, Event) {
	switch p[1] {
	case 0x21: // GS !
		return setting(p, func(n byte) {
			d.width, d.height = 1+int(n>>4&7), 1+int(n&7)
		})
	case 0x28: // GS ( x pL pH
		return d.block(p)
	case 0x38: // GS 8 L
		return d.graphicsHead(p)
	case 0x56: // GS V
		return d.gsCut(p)
	case 0x6B: // GS k
		return d.barcode(p)
	case 0x72: // GS r
		return setting3(p, func(n byte) Event { return Event{Kind: Asked, Query: n} })
	case 0x76: // GS v 0
		return d.rasterHead(p)
	default:
		d.Unknown++
		return 2, Event{}
	}
}

func (d *Decoder) gsCut(p []byte) (int, Event) {
	if len(p) < 3 {
		return 0, Event{}
	}
	switch p[2] {
	case 0, '0':
		return d.cut(3, "full")
	case 1, '1':
		return d.cut(3, "partial")
	case 65, 66, 97, 98, 103, 104:
		if len(p) < 4 {
			return 0, Event{}
		}
		if p[2]%2 == 1 {
			return d.cut(4, "full")
		}
		return d.cut(4, "partial")
	default:
		d.Unknown++
		return 3, Event{}
	}
}

func (d *Decoder) cut(n int, how string) (int, Event) {
	if ev, pending := d.flushLine(); pending {
		return 0, ev
	}
	return n, Event{Kind: CutOff, Cut: how}
}

// barcode shows a bar code as its text.
func (d *Decoder) barcode(p []byte) (int, Event) {
	if ev, pending := d.flushLine(); pending {
		return 0, ev
	}
	if len(p) < 4 {
		return 0, Event{}
	}
	data, n := []byte(nil), 0
	if p[2] >= 65 {
		n = 4 + int(p[3])
		if len(p) < n {
			return 0, Event{}
		}
		data = p[4:n]
	} else {
		const longest = 255
		for n = 3; n < len(p) && p[n] != 0; n++ {
			if n > longest {
				d.Unknown++
				return 2, Event{}
			}
		}
		if n == len(p) {
			return 0, Event{}
		}
		data = p[3:n]
		n++
	}
	return n, Event{Kind: Printed, Line: Line{Text: "|" + ascii(data) + "|", Size: 1, Align: d.align}}
}

func ascii(p []byte) string {
	out := make([]byte, len(p))
	for i, b := range p {
		out[i] = b
		if b < 0x20 || b >= 0x7F {
			out[i] = '.'
		}
	}
	return string(out)
}
