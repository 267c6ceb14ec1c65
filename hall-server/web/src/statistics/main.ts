import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { createApp } from "vue";
import StatisticsPage from "./StatisticsPage.vue";

createApp(StatisticsPage).mount("#app");
