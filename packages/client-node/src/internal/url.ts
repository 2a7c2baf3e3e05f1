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

// What has no dot and no escape has no segment that means a folder either.
const plainPath = /^\/[\w\-~:@/]*$/

/**
 * Splits an absolute URL of http or https; there is nothing else that can be asked. `likely` is the origin of one that was
 * split before: mostly the next one has the same, and nothing but its path is to be looked at then.
 */
export const split = (url: string, likely?: string): Option.Option<Target> => {
  if (likely !== undefined && url.startsWith(likely)) {
    const path = url.slice(likely.length)
    if (plainPath.test(path)) return Option.some({ origin: likely, path })
  }
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
