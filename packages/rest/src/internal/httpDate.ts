import * as Option from "effect/Option"

/** An HTTP date in any of its three forms (RFC 9110, 5.6.7), in milliseconds since 1970. */
export const parse = (header: string): Option.Option<number> => {
  const text = header.trim()
  if (!/^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? /.test(text)) return Option.none()
  // The form of asctime has no zone and is in UTC all the same.
  const millis = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
  return Number.isNaN(millis) ? Option.none() : Option.some(millis)
}
