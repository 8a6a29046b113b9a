// A worker that lets purser call the services, as another project would write it.
#include <iostream>

#include "purser/keepa_service.h"
#include "purser/xai_service.h"

int main(int count, char** arguments) {
  if (count != 2) return 64;
  auto database = purser::Database::open({.path = arguments[1]});
  try {
    purser::keepa::Service keepa(database, purser::keepa::ServiceOptions::from_environment());
  } catch (const purser::Error& error) {
    std::cout << error_name(error.code()) << '\n';
  }
  purser::xai::Question book{.title = "Eragon", .season = "Sep", .price = {4990}};
  purser::xai::Verdicts(database).put(book, true);
  purser::xai::Service xai(database, purser::xai::ServiceOptions::from_environment());
  auto judgement = xai.judge(book);
  std::cout << name_of(judgement.source) << ": " << (judgement.verdict ? "true" : "false") << '\n';
}
