import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../../page.css";
import { createApp } from "vue";
import UnitsPage from "./UnitsPage.vue";

createApp(UnitsPage).mount("#app");
