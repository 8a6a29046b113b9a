#include "standin/gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace standin {

std::string gzipped(const std::string& bytes) {
  constexpr int kGzip = 15 + 16;  // the largest window, and gzip's frame about it
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("no memory to compress an answer");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  // zlib reads through a pointer that is not const, and does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("an answer could not be compressed");
  return packed;
}

void compress(Answer& answer, const Request& request, const std::string& mode) {
  const bool accepted = request.header("accept-encoding").find("gzip") != std::string::npos;
  if (mode == "off" || (mode == "on" && !accepted)) return;
  if (answer.body.empty() || answer.has_header("Content-Encoding")) return;
  answer.body = gzipped(answer.body);
  answer.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace standin
