/**
 * Where credentials may go that nobody has given, but that were found on the machine.
 *
 * @since 0.1.0
 */

/**
 * Says whether a URL is one of Google's APIs: `https:`, and a host below `googleapis.com`. An emulator, a proxy or a
 * look-alike is not, and gets a token only from somebody who gives it one.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isGoogle = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { hostname, protocol } = new URL(url)
  return protocol === "https:" && hostname.endsWith(".googleapis.com")
}
