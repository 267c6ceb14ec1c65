import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import ConsultPage from "./ConsultPage.vue";

createApp(ConsultPage).mount("#app");
