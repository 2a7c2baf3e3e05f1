import * as Option from "effect/Option"

export interface Target {
  readonly origin: string
  /** With the query, without the fragment. */
  readonly path: string
}

// What URL would leave as it is: parsing costs microseconds, and almost every request looks like this.
const canonical =
  /^(https?:\/\/[a-z0-9.-]+(?::[1-9][0-9]*)?)(\/[\w\-.~%!$&'()*+,;=:@/]*(?:\?[\w\-.~%!$&()*+,;=:@/?]*)?)$/
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i
const defaultPort = /:(?:80|443)$/

/** Splits an absolute URL of http or https; there is nothing else that can be asked. */
export const split = (url: string): Option.Option<Target> => {
  const match = canonical.exec(url)
  const origin = match?.[1]
  const path = match?.[2]
  if (origin !== undefined && path !== undefined && !dotSegment.test(path) && !defaultPort.test(origin)) {
    return Option.some({ origin, path })
  }
  return Option.filterMap(Option.liftThrowable((text: string) => new URL(text))(url), fromUrl)
}

/** The same for one that is parsed already. Credentials in it are nothing to send along with a request. */
export const fromUrl = (url: URL): Option.Option<Target> =>
  (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === ""
    ? Option.some({ origin: url.origin, path: url.pathname + url.search })
    : Option.none()
