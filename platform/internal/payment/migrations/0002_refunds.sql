-- +goose Up
-- When money was given back, so that the provider's books can be compared by it.
ALTER TABLE payment_order ADD COLUMN refunded_at BIGINT NOT NULL DEFAULT 0;   -- 0: never
UPDATE payment_order SET refunded_at = coalesce((SELECT max(at) FROM payment_log WHERE order_id = payment_order.id AND state = 'refunded'), 0) WHERE state = 'refunded';
CREATE INDEX payment_refunded ON payment_order (provider, refunded_at) WHERE refunded_at > 0;
ALTER TABLE payment_demo ADD COLUMN refunded_at BIGINT NOT NULL DEFAULT 0;
UPDATE payment_demo SET refunded_at = coalesce((SELECT refunded_at FROM payment_order WHERE payment_order.id = payment_demo.order_id), 0) WHERE state = 'refunded';
