// What the results page needs of ECharts, and no more: bars, drawn as SVG.
export { init } from "echarts/core";
import { use } from "echarts/core";
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, LegendComponent, SVGRenderer, TitleComponent, TooltipComponent]);
