#include "standin/keepa/requests.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "standin/switches.h"

namespace standin {
namespace {

using nlohmann::json;

constexpr std::size_t kMostAtOnce = 100;

std::vector<std::string> separated(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::vector<std::string> products_of(const Request& request) {
  const std::string& asins = request.parameter("asin");
  return separated(asins.empty() ? request.parameter("code") : asins);
}

bool is_on(const Request& request, const std::string& name) {
  const std::string value = request.parameter(name);
  return !value.empty() && value != "0";
}

// `cost` for each of `count` items; a request may ask for 1 to 100.
Priced each(std::size_t count, std::int64_t cost) {
  if (count == 0) return {400, 0};
  if (count > kMostAtOnce) return {405, 0};
  return {200, static_cast<std::int64_t>(count) * cost};
}

// With offers, a page of ten costs 6 instead of the base price, and the buy box is included.
Priced product(const Request& request) {
  const std::size_t count = products_of(request).size();
  const std::string offers = request.parameter("offers");
  if (offers.empty()) return each(count, is_on(request, "buybox") ? 3 : 1);
  if (!is_whole_number(offers, 20, 100)) return {405, 0};
  return each(count, (std::stoll(offers) + 9) / 10 * 6 + (is_on(request, "stock") ? 2 : 0));
}

Priced seller(const Request& request) {
  return each(separated(request.parameter("seller")).size(), is_on(request, "storefront") ? 10 : 1);
}

Priced search(const Request& request) { return {200, request.parameter("type") == "category" ? 1 : 10}; }

Priced lightning_deals(const Request& request) { return {200, request.parameter("asin").empty() ? 500 : 1}; }

using Price = std::function<Priced(const Request&)>;

Price fixed(std::int64_t cost) {
  return [cost](const Request&) { return Priced{200, cost}; };
}

const std::map<std::string, Price>& prices() {
  static const std::map<std::string, Price> all = {
      {"/token", fixed(0)},    {"/product", product},       {"/deal", fixed(5)},
      {"/query", fixed(10)},   {"/bestsellers", fixed(50)}, {"/topseller", fixed(50)},
      {"/seller", seller},     {"/category", fixed(1)},     {"/search", search},
      {"/tracking", fixed(1)}, {"/graphimage", fixed(1)},   {"/lightningdeal", lightning_deals}};
  return all;
}

json a_product(const std::string& asin) {
  return {{"asin", asin}, {"domainId", 1}, {"title", "A product of the stand-in, " + asin}};
}

json some_asins() { return {"B00STAND01", "B00STAND02", "B00STAND03"}; }

}  // namespace

Priced priced(const std::string& path, const Request& request) {
  const auto found = prices().find(path);
  if (found == prices().end()) return {404, 0};
  // Selections come as a JSON body; the key stays in the query.
  if (request.method == "POST" && !json::accept(request.body)) return {400, 0};
  return found->second(request);
}

void add_payload(json& body, const std::string& path, const Request& request) {
  if (path == "/product") {
    body["products"] = json::array();
    for (const std::string& asin : products_of(request)) body["products"].push_back(a_product(asin));
  } else if (path == "/deal") {
    body["deals"] = {{"dr", json::array({a_product("B00STAND01")})}};
  } else if (path == "/query") {
    body["asinList"] = some_asins();
    body["totalResults"] = some_asins().size();
  } else if (path == "/bestsellers") {
    body["bestSellersList"] = {{"domainId", 1}, {"asinList", some_asins()}};
  } else if (path == "/topseller") {
    body["sellerIdList"] = {"A1STANDIN00001"};
  } else if (path == "/seller") {
    for (const std::string& id : separated(request.parameter("seller"))) {
      body["sellers"][id] = {{"sellerId", id}, {"sellerName", "A seller of the stand-in"}};
    }
  } else if (path == "/category") {
    body["categories"] = {{"1000", {{"catId", 1000}, {"name", "Books"}}}};
  } else if (path == "/search") {
    body["products"] = json::array({a_product("B00STAND01")});
  } else if (path == "/lightningdeal") {
    body["lightningDeals"] = json::array();
  }
}

}  // namespace standin
