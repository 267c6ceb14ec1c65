package payment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// demo is a provider for demo cities: it has its own books and its own page,
// which says that no money moves.
type demo struct{ *Service }

// demoName is the demo provider's.
const demoName = "demo"

// Name implements Provider.
func (d demo) Name() string { return demoName }

// Demo implements Provider.
func (d demo) Demo() bool { return true }

// Create implements Provider.
func (d demo) Create(ctx context.Context, i Intent) (reference, page string, err error) {
	err = d.Store.Write(ctx, "create a demo payment", func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO payment_demo (reference, order_id, amount, state, at) VALUES ($1, $2, $3, 'open', $4)
			ON CONFLICT (order_id) DO UPDATE SET at = payment_demo.at RETURNING reference`,
			"D"+store.NewID(), i.Order, i.Amount, store.Millis(tx.Now)).Scan(&reference)
	})
	return reference, "/pay/demo/" + reference, err
}

// Query implements Provider.
func (d demo) Query(ctx context.Context, reference string) (st Status, err error) {
	var state string
	var at int64
	err = d.Store.Read().QueryRowContext(ctx, `SELECT state, amount, at FROM payment_demo WHERE reference = $1`, reference).Scan(&state, &st.Amount, &at)
	if store.IsNone(err) {
		return st, ErrNoPayment
	}
	st.Paid, st.Refunded, st.At = state == "paid", state == "refunded", store.Time(at)
	return st, err
}

// Refund implements Provider.
func (d demo) Refund(ctx context.Context, reference, _ string) error {
	return d.Store.Write(ctx, "refund a demo payment", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE payment_demo SET state = 'refunded', refunded_at = CASE WHEN refunded_at = 0 THEN CAST($1 AS BIGINT) ELSE refunded_at END
			WHERE reference = $2 AND state IN ('paid', 'refunded')`, store.Millis(tx.Now), reference)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrNoPayment
		}
		return nil
	})
}

// Statement implements Provider.
func (d demo) Statement(ctx context.Context, day calendar.Day) ([]Entry, error) {
	rows, err := d.Store.Read().QueryContext(ctx, `SELECT reference, amount, 0 FROM payment_demo WHERE state IN ('paid', 'refunded') AND at >= $1 AND at < $2
		UNION ALL SELECT reference, amount, 1 FROM payment_demo WHERE refunded_at >= $1 AND refunded_at < $2 ORDER BY 1, 3`,
		store.Millis(day.In(d.Zone)), store.Millis(day.Add(1).In(d.Zone)))
	if err != nil {
		return nil, fmt.Errorf("read the demo's statement: %w", err)
	}
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		var e Entry
		var refund int64
		if err := rows.Scan(&e.Reference, &e.Amount, &refund); err != nil {
			return nil, fmt.Errorf("read the demo's statement: %w", err)
		}
		e.Refund = refund == 1
		list = append(list, e)
	}
	return list, rows.Err()
}

// Callback implements Provider: the demo's books are looked into instead.
func (d demo) Callback(*http.Request, []byte) (string, error) { return "", ErrForged }

// routes declares the demo provider's own page.
func (d demo) routes(r *httpd.Router) {
	page := func(id, method string, fn func(http.ResponseWriter, *http.Request) error) {
		r.Page(httpd.Operation{ID: id, Method: method, Path: "/pay/demo/{reference}", Who: access.People(), Tag: "payment"}, fn)
	}
	page("demo-payment-page", http.MethodGet, d.page)
	page("pay-demo", http.MethodPost, d.pay)
}

var demoPage = template.Must(template.New("demo").Parse(`<div class="panel block">
<h1>演示支付</h1>
<p class="notice" role="status"><strong>这是演示环境，不会发生真实扣款。</strong></p>
<dl class="facts"><div><dt>缴费内容</dt><dd>{{.Title}}</dd></div><div><dt>金额</dt><dd><strong>{{.Yuan}} 元</strong></dd></div></dl>
<form method="post" class="block"><button class="button">模拟支付成功</button> <a class="button quiet" href="/cases/{{.Case}}">暂不支付</a></form>
</div>`))

func (d demo) page(w http.ResponseWriter, r *http.Request) error {
	o, err := d.own(r.Context(), demoName, r.PathValue("reference"))
	if err != nil {
		return err
	}
	if o.State != Paying {
		http.Redirect(w, r, "/cases/"+o.Case, http.StatusSeeOther)
		return nil
	}
	var b bytes.Buffer
	if err := demoPage.Execute(&b, map[string]string{"Title": o.Title, "Yuan": Yuan(o.Amount), "Case": o.Case}); err != nil {
		return err
	}
	return d.Frame(w, r, http.StatusOK, "演示支付", template.HTML(b.String())) //nolint:gosec // made by an escaping template
}

// pay books the demo's payment and lets the platform look into the books, as
// after a callback.
func (d demo) pay(w http.ResponseWriter, r *http.Request) error {
	ctx, reference := r.Context(), r.PathValue("reference")
	o, err := d.own(ctx, demoName, reference)
	if err != nil {
		return err
	}
	err = d.Store.Write(ctx, "pay at the demo provider", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE payment_demo SET state = 'paid', at = $1 WHERE reference = $2 AND state = 'open'`, store.Millis(tx.Now), reference)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.Look(ctx, o.ID); err != nil && !errors.Is(err, errBooked) { // who clicks twice has paid once
		return err
	}
	http.Redirect(w, r, "/cases/"+o.Case, http.StatusSeeOther)
	return nil
}
