package portal

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Bounds of the documents that are kept.
const (
	keepFor   = 2 * time.Second // what was published is seen no later
	keepBytes = 64 << 20
	keepQuery = 300 // bytes; a longer query is rendered each time
	renderMax = 10 * time.Second
)

// document is a page as it is sent.
type document struct {
	body []byte
	etag string
	made time.Time

	once   sync.Once
	packed []byte // gzip; made when it is first asked for
}

func newDocument(body []byte, made time.Time) *document {
	sum := sha256.Sum256(body)
	return &document{body: body, etag: `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, made: made}
}

// gzip returns the document compressed.
func (d *document) gzip() []byte {
	d.once.Do(func() {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.DefaultCompression) // the level is a constant
		_, _ = w.Write(d.body)                                   // memory takes all
		_ = w.Close()
		d.packed = b.Bytes()
	})
	return d.packed
}

// cache keeps documents by what they are of, so that a page that many read is
// rendered once in a while and not for each of them.
type cache struct {
	now    func() time.Time
	flight singleflight.Group

	mu    sync.RWMutex
	docs  map[string]*document // guarded by mu, like bytes
	bytes int
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, docs: map[string]*document{}}
}

// get returns the document of key, made by render where it is missing or too
// old. Those who ask at the same time share one rendering, which the first one's
// leaving doesn't end.
func (c *cache) get(ctx context.Context, key string, render func(ctx context.Context) ([]byte, error)) (*document, error) {
	now := c.now()
	c.mu.RLock()
	d := c.docs[key]
	c.mu.RUnlock()
	if d != nil && now.Sub(d.made) < keepFor && now.Sub(d.made) >= 0 {
		return d, nil
	}
	made, err, _ := c.flight.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renderMax)
		defer cancel()
		body, err := render(ctx)
		if err != nil {
			return nil, err
		}
		fresh := newDocument(body, c.now())
		c.put(key, fresh)
		return fresh, nil
	})
	if err != nil {
		return nil, err
	}
	return made.(*document), nil //nolint:forcetypeassert // it is made above
}

// put keeps a document, and makes room where there is too little.
func (c *cache) put(key string, d *document) {
	// The compressed form is about a fifth of the size.
	size := func(d *document) int { return len(d.body) + len(d.body)/4 }
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.docs[key]; old != nil {
		c.bytes -= size(old)
	}
	if c.bytes+size(d) > keepBytes {
		clear(c.docs)
		c.bytes = 0
	}
	c.docs[key] = d
	c.bytes += size(d)
}
