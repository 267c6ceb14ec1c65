/** How a client tries again. */
export interface Retry {
  /** How often a request is sent at most [5]. */
  attempts?: number;
  /** Wait before the second attempt in milliseconds [200]; it doubles up to 5 s. */
  wait?: number;
  /** How long one attempt may take in milliseconds [30000]. */
  timeout?: number;
}

type Send = (request: Request) => Promise<Response>;

const longestWait = 5_000;

/** Makes send try again where the hall says that it may: same request, same key. */
export function retrying(send: Send, { attempts = 5, wait = 200, timeout = 30_000 }: Retry): Send {
  return async (request) => {
    const { signal } = request;
    if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= attempts;
      try {
        const limited = new Request(request.clone(), {
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
        });
        const response = await send(limited);
        if (response.status !== 503 || last) return response;
        await response.body?.cancel();
      } catch (cause) {
        if (last || signal.aborted) throw cause;
      }
      await pause(Math.min(wait * 2 ** (attempt - 1), longestWait), signal);
    }
  };
}

/** Waits between a half and the whole of ms, so that many clients don't come back at once. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener("abort", stop);
        resolve();
      },
      ms / 2 + (Math.random() * ms) / 2,
    );
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
