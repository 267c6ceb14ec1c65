import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import MyPage from "./MyPage.vue";

createApp(MyPage).mount("#app");
