// `POST /batch` as Earth Engine answers it: multipart/mixed of whole HTTP messages.

const boundaryPattern = /boundary="?([^"\r\n;]+)"?/i
const idPattern = /content-id: *<?([^>\r\n]+)>?/i
const requestPattern = /(GET|POST|DELETE) (\S+)/

const pathOf = (target) => (/^https?:\/\//.test(target) ? new URL(target).pathname : target)

export const answerBatch = (headers, body, respond) => {
  const boundary = boundaryPattern.exec(headers)?.[1] ?? ""
  const parts = []
  for (const part of body.split(`--${boundary}`)) {
    const request = requestPattern.exec(part)
    if (request === null) continue
    const id = idPattern.exec(part)?.[1] ?? ""
    const target = request[2].startsWith("/") || request[2].startsWith("http") ? pathOf(request[2]) : `/${request[2]}`
    parts.push(
      `--batch_answer\r\nContent-Type: application/http\r\nContent-ID: <response-${id}>\r\n\r\n${respond({ method: request[1], target })}\r\n`
    )
  }
  const text = `${parts.join("")}--batch_answer--\r\n`
  return `HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=batch_answer\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}
