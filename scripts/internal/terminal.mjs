import { stripVTControlCharacters } from "node:util"

const colours = process.stdout.isTTY && !process.env.NO_COLOR

const paint = (code) => (text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)
export const cyan = paint(36)

export const plain = stripVTControlCharacters

export const print = (line = "") => process.stdout.write(`${line}\n`)

/** A line that is rewritten in place on a terminal; elsewhere each change is a line of its own. */
export const liveLine = () => {
  let last = ""
  return {
    show: (text) => {
      if (text === last) return
      last = text
      if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}`)
      else print(plain(text))
    },
    end: () => {
      if (process.stdout.isTTY) process.stdout.write("\n")
    }
  }
}
