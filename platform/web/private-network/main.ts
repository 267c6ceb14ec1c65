import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { createApp } from "vue";
import PrivateNetwork from "./PrivateNetwork.vue";

createApp(PrivateNetwork).mount("#app");
