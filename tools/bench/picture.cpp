#include "bench/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/figures.h"
#include "bench/words.h"

namespace bench {
namespace {

// Colours of Okabe and Ito, which also colour-blind people tell apart; each line has a mark of its own, too.
struct Style {
  const char *contender, *label, *colour, *mark;
  double width;
};

constexpr std::array<Style, 5> kStyles{{
    {"bare", "SQLite, busy_timeout", "#7f7f7f", "cross", 2},
    {"flock", "SQLite behind a flock", "#e69f00", "triangle", 2},
    {"redis", "Redis", "#cc79a7", "diamond", 2},
    {"postgresql", "PostgreSQL", "#009e73", "square", 2},
    {"library", "Purser", "#0072b2", "circle", 4},  // last: over the others
}};

constexpr char kFootnote[] =
    "durable: an answer survives a power cut (Redis: appendfsync always, PostgreSQL: synchronous_commit on). "
    "normal: a power cut may take the last moment (everysec, off).";

constexpr double kPanelWidth = 330, kPanelHeight = 230, kGap = 90, kLeft = 90, kTop = 165, kRowGap = 105;

struct Point {
  double x, y;
};

struct Axis {
  double least, most;
  bool is_logarithmic;
  std::vector<double> ticks;
  std::function<std::string(double)> text;

  double share(double value) const {
    const double held = std::clamp(value, least, most);
    if (!is_logarithmic) return (held - least) / (most - least);
    return std::log(held / least) / std::log(most / least);
  }
};

struct Panel {
  std::string title, hint;
  std::function<double(const Series&)> figure;
  std::function<Axis(double most)> axis;
};

// Round steps, four to six of them.
Axis rate_axis(double most) {
  const double rough = std::max(most, 1.0) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  double step = power;
  for (double times : {2.0, 5.0, 10.0}) {
    if (step < rough) step = power * times;
  }
  Axis axis{0, step * std::ceil(most / step), false, {}, rate_text};
  const auto steps = std::lround(axis.most / step);
  for (long i = 0; i <= steps; ++i) axis.ticks.push_back(step * static_cast<double>(i));
  return axis;
}

Axis time_axis(double) {
  auto text = [](double us) {
    if (us >= 1e6) return fmt::format("{:.0f} s", us / 1e6);
    return us >= 1e3 ? fmt::format("{:.0f} ms", us / 1e3) : fmt::format("{:.0f} us", us);
  };
  return {10, 3e6, true, {10, 100, 1e3, 1e4, 1e5, 1e6}, text};
}

Axis share_axis(double) {
  return {0, 1, false, {0, 0.25, 0.5, 0.75, 1}, [](double share) { return fmt::format("{:.2f}", share); }};
}

const std::vector<Panel>& panels() {
  static const std::vector<Panel> all = {
      {"Grants and releases a second", "more is better",
       [](const Series& series) { return median_of(series, &Sample::ops_per_second); }, rate_axis},
      {"The slowest in a thousand waits", "p99.9 with the queue; less is better",
       [](const Series& series) { return series.latencies.quantile_us(0.999); }, time_axis},
      {"Least served over most served", "1 is fair, 0: a process starves",
       [](const Series& series) { return least_over_most(series); }, share_axis},
  };
  return all;
}

std::string escaped(const std::string& text) {
  std::string all;
  for (char c : text) {
    switch (c) {
      case '&': all += "&amp;"; break;
      case '<': all += "&lt;"; break;
      case '>': all += "&gt;"; break;
      default: all += c;
    }
  }
  return all;
}

std::string words_at(Point at, const std::string& text, const char* attributes) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", at.x, at.y, attributes, escaped(text));
}

std::string line_between(Point from, Point to, const char* attributes) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", from.x, from.y,
                     to.x, to.y, attributes);
}

std::string mark_at(Point at, const Style& style) {
  const std::string shape = style.mark;
  if (shape == "circle") {
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5.5\" fill=\"{}\"/>\n", at.x, at.y,
                       style.colour);
  }
  const char* path = shape == "square"    ? "M-4.5-4.5h9v9h-9z"
                     : shape == "diamond" ? "M0-6L6 0L0 6L-6 0z"
                     : shape == "cross"   ? "M-4.5-4.5L4.5 4.5M-4.5 4.5L4.5-4.5"
                                          : "M0-6L5.5 4.5H-5.5z";
  return fmt::format(
      "<path transform=\"translate({:.1f} {:.1f})\" d=\"{}\" fill=\"{}\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>\n",
      at.x, at.y, path, shape == "cross" ? "none" : style.colour, style.colour, shape == "cross" ? 2 : 0);
}

class Drawing {
 public:
  explicit Drawing(const Measured& measured) : measured_(measured) {
    for (const auto& [key, series] : measured.results) {
      if (key.work != "grant" || key.load != "saturated" || key.contender == "disk") continue;
      durabilities_.insert(key.durability);
      processes_.insert(key.processes);
    }
    if (processes_.size() < 2)
      throw std::runtime_error("--svg: grants were not measured, there is no picture");
  }

  std::string svg(const Machine& machine) const {
    const double width = kLeft + 3 * kPanelWidth + 2 * kGap + 40;
    const double height = kTop + static_cast<double>(durabilities_.size()) * (kPanelHeight + kRowGap);
    std::string all = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"#333\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fcfcfb\"/>\n",
        width, height);
    all += words_at({kLeft, 42}, "What a grant costs when many processes want one",
                    "font-size=\"24\" font-weight=\"bold\" fill=\"#111\"");
    all +=
        words_at({kLeft, 66},
                 fmt::format("{}, {} cores, {}, {}, SQLite {}. All in one run, in turns; an operation is one "
                             "transaction.",
                             machine.cpu, machine.cores, machine.kernel, machine.file_system, machine.sqlite),
                 "fill=\"#666\"");
    all += legend();
    double top = kTop;
    for (const std::string& durability : durabilities_) {
      all += row(durability, top);
      top += kPanelHeight + kRowGap;
    }
    all += words_at({kLeft, height - 20}, kFootnote, "font-size=\"12\" fill=\"#666\"");
    return all + "</svg>\n";
  }

 private:
  const Series* find(const Style& style, const std::string& durability, int processes) const {
    auto found = measured_.results.find({"grant", style.contender, durability, processes, "saturated", 0});
    return found == measured_.results.end() ? nullptr : &found->second;
  }
  bool takes_part(const Style& style) const {
    return std::any_of(measured_.results.begin(), measured_.results.end(),
                       [&](const auto& each) { return each.first.contender == style.contender; });
  }

  std::string legend() const {
    std::string all;
    double x = kLeft;
    for (auto style = kStyles.rbegin(); style != kStyles.rend(); ++style) {
      if (!takes_part(*style)) continue;
      all += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"92\" x2=\"{:.1f}\" y2=\"92\" stroke=\"{}\" "
          "stroke-width=\"{}\"/>\n",
          x, x + 34, style->colour, style->width);
      all += mark_at({x + 17, 92}, *style);
      all += words_at({x + 42, 97}, style->label, "font-size=\"14\"");
      x += 84 + 7.6 * static_cast<double>(std::string(style->label).size());
    }
    return all;
  }

  std::string row(const std::string& durability, double top) const {
    std::string all;
    double left = kLeft;
    for (const Panel& panel : panels()) {
      all += draw_panel(panel, durability, {left, top});
      left += kPanelWidth + kGap;
    }
    all += fmt::format(
        "<text transform=\"translate(26 {:.1f}) rotate(-90)\" text-anchor=\"middle\" "
        "font-size=\"16\" font-weight=\"bold\" fill=\"#111\">{}</text>\n",
        top + kPanelHeight / 2, durability);
    return all;
  }

  std::string draw_panel(const Panel& panel, const std::string& durability, Point corner) const {
    double most = 0;
    for (const Style& style : kStyles) {
      for (int processes : processes_) {
        if (const Series* series = find(style, durability, processes)) {
          most = std::max(most, panel.figure(*series));
        }
      }
    }
    const Axis axis = panel.axis(most);
    std::string all = frame(panel, axis, corner);
    for (const Style& style : kStyles) all += draw_line(panel, axis, style, durability, corner);
    return all;
  }

  std::string frame(const Panel& panel, const Axis& axis, Point corner) const {
    std::string all = words_at({corner.x, corner.y - 28}, panel.title,
                               "font-size=\"15\" font-weight=\"bold\" fill=\"#111\"");
    all += words_at({corner.x, corner.y - 11}, panel.hint, "font-size=\"12\" fill=\"#666\"");
    for (double tick : axis.ticks) {
      const double y = corner.y + kPanelHeight * (1 - axis.share(tick));
      all += line_between({corner.x, y}, {corner.x + kPanelWidth, y},
                          tick == axis.least ? "stroke=\"#888\"" : "stroke=\"#e2e2e0\"");
      all += words_at({corner.x - 8, y + 4}, axis.text(tick), "text-anchor=\"end\" font-size=\"12\"");
    }
    for (int processes : processes_) {
      all += words_at({x_of(processes, corner), corner.y + kPanelHeight + 18}, std::to_string(processes),
                      "text-anchor=\"middle\" font-size=\"12\"");
    }
    return all + words_at({corner.x + kPanelWidth / 2, corner.y + kPanelHeight + 36}, "processes",
                          "text-anchor=\"middle\" font-size=\"12\" fill=\"#666\"");
  }

  std::string draw_line(const Panel& panel, const Axis& axis, const Style& style,
                        const std::string& durability, Point corner) const {
    std::string points, marks;
    for (int processes : processes_) {
      const Series* series = find(style, durability, processes);
      if (series == nullptr) continue;
      const Point at{x_of(processes, corner),
                     corner.y + kPanelHeight * (1 - axis.share(panel.figure(*series)))};
      points += fmt::format("{:.1f},{:.1f} ", at.x, at.y);
      marks += mark_at(at, style);
    }
    if (points.empty()) return {};
    return fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
        "stroke-linejoin=\"round\"/>\n{}",
        points, style.colour, style.width, marks);
  }

  // Each doubling is as wide as the others.
  double x_of(int processes, Point corner) const {
    const double least = std::log(*processes_.begin()), most = std::log(*processes_.rbegin());
    return corner.x + 16 + (kPanelWidth - 32) * (std::log(processes) - least) / (most - least);
  }

  const Measured& measured_;
  std::set<std::string> durabilities_;
  std::set<int> processes_;
};

}  // namespace

void draw(const std::filesystem::path& file, const Machine& machine, const Measured& measured) {
  const std::string svg = Drawing(measured).svg(machine);
  std::ofstream out(file);
  out << svg;
  out.close();
  if (!out) throw std::runtime_error(fmt::format("--svg: {} cannot be written", file.string()));
}

}  // namespace bench
