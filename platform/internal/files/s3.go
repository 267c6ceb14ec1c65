package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Waits for an S3-compatible store.
const (
	dialWait   = 5 * time.Second
	answerWait = 15 * time.Second // for the head of an answer
	askWait    = 20 * time.Second // for a question with a short answer
	putWait    = 2 * time.Minute  // for the largest file
)

// S3 is a back end in a bucket of an S3-compatible store.
type S3 struct {
	client *minio.Client
	bucket string
}

// ParseBack reads where files are kept: a folder's path, or
// s3://key:secret@host/bucket, s3+http:// without TLS; ?region=… names a region
// that isn't us-east-1. The error doesn't show the secret.
func ParseBack(text string) (Back, error) {
	if !strings.Contains(text, "://") {
		return Folder(text), nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errBack
	}
	secret, ok := u.User.Password()
	bucket := strings.Trim(u.Path, "/")
	if u.Scheme != "s3" && u.Scheme != "s3+http" || !ok || u.User.Username() == "" || u.Host == "" || bucket == "" || strings.Contains(bucket, "/") {
		return nil, errBack
	}
	region := u.Query().Get("region")
	if region == "" {
		region = "us-east-1"
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "s3", Region: region, MaxRetries: 2,
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: dialWait}).DialContext, TLSHandshakeTimeout: dialWait, ResponseHeaderTimeout: answerWait,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	return &S3{client, bucket}, nil
}

var errBack = errors.New("the file store must be a folder or s3://key:secret@host/bucket")

func goneS3(err error) error {
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchKey", "NotFound":
		return ErrGone
	}
	return err
}

// Put implements Back.
func (s *S3) Put(ctx context.Context, place string, r io.Reader, size int64) error {
	ctx, cancel := context.WithTimeout(ctx, putWait)
	defer cancel()
	_, err := s.client.PutObject(ctx, s.bucket, place, r, size, minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return err
}

// Get implements Back.
func (s *S3) Get(ctx context.Context, place string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, putWait)
	object, err := s.client.GetObject(ctx, s.bucket, place, minio.GetObjectOptions{})
	if err == nil {
		_, err = object.Stat() // it asks nothing before
	}
	if err != nil {
		cancel()
		return nil, goneS3(err)
	}
	return &s3Reader{object, cancel}, nil
}

// s3Reader ends its wait when it is closed.
type s3Reader struct {
	*minio.Object
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (r *s3Reader) Close() error {
	defer r.cancel()
	return r.Object.Close()
}

// Stat implements Back.
func (s *S3) Stat(ctx context.Context, place string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	info, err := s.client.StatObject(ctx, s.bucket, place, minio.StatObjectOptions{})
	return info.Size, goneS3(err)
}

// Delete implements Back.
func (s *S3) Delete(ctx context.Context, place string) error {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	err := goneS3(s.client.RemoveObject(ctx, s.bucket, place, minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// Check implements Back.
func (s *S3) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err == nil && !there {
		err = fmt.Errorf("the file store has no bucket %q", s.bucket)
	}
	return err
}
