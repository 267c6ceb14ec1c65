/** PATIENCE is how long the machine may take to answer, in milliseconds. */
const PATIENCE = 8000;

/** fromMachine asks the machine for path; it fails where there is nothing, or nothing in time. */
export async function fromMachine<T>(path: string): Promise<T> {
  const late = new AbortController(); // AbortSignal.timeout came after Chrome 87
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const answer = await fetch(path, { signal: late.signal });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  } finally {
    clearTimeout(timer);
  }
}
