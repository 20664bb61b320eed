// Requests to our own server, with the few answers that the page knows how to put into words.

export class SignedOut extends Error {}
export class Offline extends Error {}

export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfter: number,
    readonly reason: string,
  ) {
    super(message);
  }
}

/** A key that nobody else makes. Not `crypto.randomUUID`: a page without https has none. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function csrf(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

const BUSY = "The server could not answer just now. Nothing is lost; try again in a moment.";
/** A line that is held and never answered counts as none after so long, in milliseconds. */
const PATIENCE = 60_000;

const isJson = (response: Response) => response.headers.get("content-type")?.includes("json") ?? false;

async function reached(url: string, init: RequestInit): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    return await fetch(url, { credentials: "same-origin", redirect: "follow", signal, ...init });
  } catch {
    throw new Offline("no connection");
  }
}

async function answer(url: string, init: RequestInit): Promise<Response> {
  const response = await reached(url, init);
  if (response.status === 401 || (response.redirected && response.url.includes("/accounts/login/"))) {
    throw new SignedOut("signed out");
  }
  if (response.ok) return response;
  let data: { error?: string; retry_after?: number; reason?: string } = {};
  if (isJson(response)) data = await body(response.json());
  throw new Refused(
    data.error ?? BUSY,
    response.status,
    data.retry_after ?? Number(response.headers.get("retry-after") ?? 0),
    data.reason ?? "",
  );
}

/** The body of an answer; one that broke off, or is from somebody else on the way, is no answer at all. */
async function body<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch {
    throw new Offline("the answer broke off");
  }
}

export async function post<T>(url: string, fields: Record<string, string>): Promise<T> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const response = await answer(url, {
    method: "POST",
    body: form,
    headers: { accept: "application/json", "x-csrftoken": csrf() },
  });
  return response.status === 204 ? (undefined as T) : await body<T>(response.json());
}

export async function json<T>(url: string): Promise<T> {
  return await body<T>((await answer(url, { headers: { accept: "application/json" } })).json());
}

/** Posts and gets a piece of a page back. */
export async function postForHtml(url: string, fields: FormData): Promise<string> {
  const headers = { accept: "text/html", "x-requested-with": "fetch", "x-csrftoken": csrf() };
  return await body((await answer(url, { method: "POST", body: fields, headers })).text());
}

export async function html(url: string): Promise<string> {
  const response = await answer(url, { headers: { accept: "text/html", "x-requested-with": "fetch" } });
  return await body(response.text());
}

/** Signs in without leaving the page. Throws Refused in the server's words, or Offline. */
export async function signIn(url: string, email: string, password: string): Promise<void> {
  const fields = new FormData();
  fields.set("login", email);
  fields.set("password", password);
  const headers = {
    accept: "application/json",
    "x-requested-with": "XMLHttpRequest",
    "x-csrftoken": csrf(),
  };
  const response = await reached(url, { method: "POST", body: fields, headers });
  if (response.ok) return;
  let said: { form?: { errors?: string[] } } = {};
  if (isJson(response)) said = await body(response.json());
  const usual = response.status === 400 ? "That address and password do not fit together." : BUSY;
  throw new Refused(said.form?.errors?.[0] ?? usual, response.status, 0, "");
}
