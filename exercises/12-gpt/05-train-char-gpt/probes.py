"""Five steps number by number, scores of other models, and a trained GPT that is asked about unseen text."""

import base64
import bz2
import math

import numpy as np
import torch
from probing import filled, keep, kept, state

from grader.language import T64n, Tolerance, band, calls, probe, residual, travels

# The first 20,000 letters after the end of corpus.txt, packed: they are in no learner's box.
HELD = (
    "LRx4!F+o`-Q(4Qg)3*Q^4u9c(d;P&%|NsBLZ~yDR|Ns6#00d?b0AL;-+v^zn9J$TVqC}T!0IgTM(|PA~+qKuL*F&u6)ss}T@zGk0F>c0"
    "&%3BE~04XgniZ<L-TP$N#9jhX5LroAM&?bXQc_SkQJf<h9>SPTK000dD05sETX`nRF5F%(K+DU~^D9s7#dH_riGBGd&F&?3Tpw!3*01Y"
    "(I0Av6FGyniJ0077U28MtMH4urSYHd^0^a+I3J*r^!CzSOXGynhq00003Y62w`!eugPlT_Y_YI-#?G+-u!L7}FA0MY6IXaHy$2@wPW2x"
    "OU}G^S>%eo3jdH<FDSJwN~e00HVArk<gp;R-JS0p=qV>rN+~2dM}{i@n{USKpynzvT-q>+gIK@+=@;89*gH|I0}3mnex$S%CkO1bM+yr"
    "4E9m@|EkaTYek-9IygpOey3wA^pDCI}rYM8HEPf#Q4yXND+1mCQ3fF>hJh=&-Lt6eg4AyCb~w72kT27q-z4qEp(?p%et}xh0vJN^ce02"
    "XgzwZU~|uh>2DMDc)$Q@H&{;}Y1}X<F136{!h9(_)|42(c$>&jO%<?k_+KL(`<0Jxuzf<;8bug?fCQ8Qz$w(HQl$w*0Fbpc#@Of0_)Bz"
    "!*y)-+#6%SWzU;RDEp)>A%b~jOEZQ#S_<Q)J<{`1bmm#t4LTN-HI1nV4{8&2}^$k3ZRX_?(&k9%@s=Vltfd&tYM2vf?mBfHMo)1uZ_{}"
    "0k02r}=k}8V^42)4p06O`_>^r*+_w+h?&x@}jqX2nZ!9%EV3?!`UHh)A5Z@!{L?6+$3)lQgS)b}rA_1JXY=VQ;E;)fr>`9CGcGjW(1ds"
    "gDrV2*F5i3L?FMuV>iC*7cer|b<;K!C#rN<a`xa)Hv??xq*W_rHk;$fOFzdcnXg80%1V;|50!%7m~OK?Hzidq+^cz^RLyZcAV6wrtiGY"
    "s!JYIpM|S7htN89b|+%a%;?09BwJNp@r{bdF{@#z$|(x>xu74nz(FC?i>l0;=qZsA)^R_Dch&6b&@+zk<lHo)Tis?ng!l@M4kGmcw)QJ"
    "mtKd;<po(5c{N3j_jf$z_I)_Q1?`fpic%EBRSK0##M!S9U`BlB`778rc_F9Y>pQ%(k3XgJXl9x$TxFCN0Ix`}>6b>g=kPtZI25*)60*e"
    "wuzj%*B)=n}si9$LyE`bVUPqx^i5l<ApCTNFNXmhI)mbF1+tTo7o$c)OiEt_#n~nkKyQ5Ge1l?><djQO+Bo>woL<TC4eb7FR+Z-N*qnT"
    "lQtj;>}rhL#_7~N?g-!*2UT5W$)iRoJg3jS3B!sKoIz*%oJ328y>Vz}KpjY77bBM{TZG8De(E(uI%;e8CVIWpEMKhsPZK;(%bM{iS%6B"
    "(+c$6gX3_r=KQIl$hw&sat&SL=R|NC1%Jc@c)kk1hI*gksZs->Z2ZE-iPt8+HSnxzvuX1XoDq??|6yE;tS8+YwnlXuDpl>)0NlN?2;@*"
    "tsb=V=gSB286<ey-oAL6s8M)-NniXL&OHNH;6v5J!_cB3-(>fmT8bFRH=naJSR7#amip+s9YS80L904^z!&^F166PN-4_D+;y@N2yw?c"
    "?~_VBHPweRVp!=|^+KX&s*wdAS&qsB)3AroU=#wKY^ciYp5-rFFgukS9k5RssmdlUS{^TDmgPv-RPZ$#i8d7(pQo>LWW6CfOIu;AZA@;"
    ")^6^G021`R>om7o94EEkHg4_VT#5$KCvqis_0M}s?!*gB&-cm<1xHG0uFwQ6_Ub38sVdC1G>t2<<O|M>VJ9nx~)<|6}A`}~xpCt>;Ugc"
    "EJn)cixM2(sD!cK98iuWR=v#li3lafR-sOk=LK$VPa`LnUc6qudRSw|ghR`n+}N-iwgXh`AlWbY@m3l6vQ*0;rIk_25T)0!Cz&L%l!8r"
    "R78#Wir(Wu)of*jk3BbO_(IMmFs~F5?M(D`4k_=OFgxtvVI8uf=xA+BbzyHOp!5wyq22t_fn4&5Fp?JZM)L@UW1B7p7s|a5KwyeoBbbv"
    "tg8Yk(JT5y-_@;T={TJ=Angw^8$sFaw<0bI9*?<1Glg(jM;hlbC-K=`Xbj^87e(Z;u(BVZYBM@M`6CFh$JicEybaUJd|@wR8b1X^Jd2I"
    "d@Zc>wh1U3#Y&)KeS=}-T#E`_v;u`DtXi#gsdA7)ql1x!#DTG5b7wfKg%Ult3#Y`2x#`h!SS~3Ym<i@XR0nQByGrS199CLv9C3KAkSA0"
    "Q&X_kgAudo!7RC9uh3^?oFJdtUXVIfRF*28A41fFK)n$Wr9A5S_5!E|)@=?Kb%$H~z>z*OQhq}jU<eKezna{6@w{-^H*Qj7k_szFWyY%"
    "A5id`FZA@@~#>bFyH!PJU3UAh`7p@Q)$g*GnjU3iEJuEX4R`E=hO!EW9=G!*-@>1+)>8prO)df(77W{d;wtAhd4GQLyac!|~UloM##v$"
    "X+J_L^ktoo034hhuAzpH*VgvU)5xt^@bFu}<%O<ED`*hnx|S^PrSOM{_|vI0i_*q(YHGLD>`fKYA8K3u4rSu^vy4HhM<%4Lvh3r)f~)@"
    "j;$8vXHYH`V06~;<Ht+Ctem*r918x!tTQ0w#7Sif~-xV^R6^5)^^Q$nek=WkGd_DB1Zm(21=t><t}0f31ylopM)rg!Ok@dS@R0l3G_Nc"
    "2+_IcLBk`XEwv@3G)@;vUnL53Uo_}^le@0?k+kA?^Q9&Es`brP_qc}lJt;jk-@(x79K3gpI_pZ%6In;5wE;`tsCQzlADDeGz7Hh>X@go"
    "gYb$zlSI3*4?N!%t#d^2+<3q@aKFE#IU_fg`3Wauktsq;)lf*6YBL50QW#*C@nVeI>#q$Z#w!dqzvueO=eQn!@d*?J4n$XKlba>%y<mz"
    "b<>h~dh%_L~hy7cXon<A1Z=ahi%`>4=0aifAfXx>>jw>6iYo|vDXk1AcALn!!<BkE3}0;G_L1~@!@D+4x)mUeM@i_$4iA#I<FUizM8Xl"
    "JzT?@_sXFVeYqz2nzE4^Rdzk*^4OOfGWkbrQgX?O_I)9LW=7u<j#-5#+&8?5Y`ch1^+Csd-JjZo0HKv@Bl+1tG=tI9~FlmWe3r7zU@2!"
    "|OB}v`BEC+v$C?l{Mo^JsjudV$*s`pK^1ddBT@*k~C^1mLiIpbmfaaagFlEJJY6N(o@-xZVt-{#My9n3tiPNr7-|>!r&u?Pl}Jl+`C_6"
    "R$gGn^r5tqE8!+e@kYv`2N~7JM~9=AQVrZjNyJ855I@KSLFDs=?hpgaf#%y-ecIao+c3v-R&P{l3#tPN3`30Bc&G*ns2Qkop;Ts8AaYr"
    "UYi3*9y9U2CRE_d9Qbs`tf-)lyvGv8SdOr?*7k=+C$v&znuU(`_G3_0`T}LI`v|8Uqw|pUgYUrT#bZgC#LG$*6N&G`9L`EzI812%}?@Z"
    "k<k^NzxFZPu(mSi#pC~h};kBlg7*Y}OH57hZ`EFW3y=_oZbK!_&w`4kjdJ>pO@t1-X~<jnj>adS@xzPubnQ3Vm@xny|ntll$J7+54mK^"
    "cq(VJ=x!(TAgI_0Oh`+mBklCy%?X#+@(OR?!veSwk=!!>=B{we0(c-TC@!@LcMEP+TQnbBhN=%MIk@eTn5%E*AOI<%|Gr7wbe5PTw(8O"
    "?vYgGa;e|4*G|kAQ|%+srcV^<Xx2kjFiF)3ZBX3^oWX+RuGSe?!tbdW5enoS&RMHvq#v^!c=-+&o}G5O(OM9D4XZ4gKO3mT8<t?3^iGn"
    "87{G%B;;7Qs(0d&B#0C@2Pv>H8alz5dy6evZ5oN8L^g8b1pqzGA2VzLu@i;bU|G`c{fld=BE56r-Wbt+gD-4M`6>lzU&4LY^Vmz0Xfqf"
    "hJ7F2VrXDcNnCCt+@Es6TWRp-iJm{iu`+N)%xG~ID(tK#H0gF}|H!KmU2I+*<wzQqZAi#Mt49i(*s?KWW3RUmBkW-ntn<e*Rnd1rJtDA"
    "i)Pz!N%<zvB~>^N3axWy?O2sg02IcT<)K^Vp5TH5+Ed9s1XgqI9S>LpVTpX8T3q0+jd>4b3u9H5OtT0|KEDvC;YK0e-zLrjz#Y8X2*g!"
    "DNE8CZl+W0gQLos~)>i`Am(F?={cDmm=pq25<5)0n_x7%_#xgoRR0thFUV1-Lhu8^%`%2V2ApPB*ZSR8O4HNs{qksLP^Ium%kkQDVfVT"
    "3Chps~CZsrbN`xZHQo(<eGeK1;MFj1sWZ0$JEGDP?S)&2|LokAC<ppg7)j*vTE+la0<oT7WsHpAiHvg*_J0gD!L#x88A@M#YAxo@a*B3"
    "-(Ap2v@F|U#pGFq?Hh(AQkdn+8OsQ-Law<-Xznn=mX-8PU#Fy93$o`Hh5^&s(%^?0SyCSgR(VUnWl6<{M!TrNxqGwvFt5nD%dlZWviN9"
    "=*=QIWgLP!Hpg}CnR!|)X7`pE2K+LNl8D(V{${kIorsG^0szU;8xyZ1wQyh}8D~@b0HCy3>$hkt-R!0^A#zf<h6*geO1m#eR5TrRO;DG"
    "F?NVUmL#VA(8YzYmFUelTwfLAGWMn@VYQ7>456_<+*)G^R#-knfM1dYRzo$AKupk-fLO5{zQ>XtoB@oyEKs`R0z>cDME80@W*^_IwI4N"
    "OqHCFd}l3IJ0UPYFwDJj_~NOj!~Zs-h*J%Y`v3#-<NcRY_-6M#+vy94f=?u?~n_bP8-D_o)cpWuGd`!ns+M{6q~j7BYBhTmq=#KoDt+U"
    "}4kN7OOZIn1u~btEE*+=qw5cN2hjhA@1syk?vVZaWpFdc!9&~kc*(CAnr(`McASu#hr1y^g-w5zx{my&^vuy+nckw@folnY@Fm|=xgI<"
    "`IAKSg8)Q|V7bBB+NpOfqRP2t_?K7^=z6hw49lr5i$QLQ>BBW-?1(HPOoOm>H-(3I_Re@A%%Dxs0-R4}9X1V%+mt}vz_91W8x2TPQ0(_"
    "mXVe~8swj}5r9_2NRl=eTmK;cl3obUPX(6=Ws+KG{f(C|csf>aF&aNWs;>o{iQba<ULqoZqB!}2VmUS`bH`@4&WKkHys{DC%o)$uqlx="
    ";X5X72j)up&frXAFD&TQrz1~LM7!U-gUAci-a$m2UGHA7Z}q`H*Elz6m7l3K=7h;q!6)Pno=p|LSwF%bH~2XY1RN4)pRP?WsR4P)y9PA"
    "1_A@-xgv8p2l0V5})%q^Xf(M0pofETL|U$^>MFh**oP>0c;Y7%>Dv6>g&hE9in6z=wAAH3RQI_=K=Llu2qLl0iTiq7X$$BOT~HfuR;rt"
    "yCd;9#E@*`>+O`x7%AXDk5}r2myguO#3(KMHOB)#cK82C8?`PfJJie<C44_HzvYTpj=n0kzceL1~%JmBxE#Y=Ch1BedA)Ln1$G1NDNSx"
    "@htHeUaJ*<&uH-u91n)Z*>g(ekt;@Hog`gkLu5x`5IMa%BVi5`MWtpJoeMB+n?aA>AnG_J9*-x_yBNC4N3ju79Kiz!o=|xe=2crNL1&g"
    "v+cPTZ$7!=RIkbHqPz9RB^%M*cfg&t`tc#O^CZ3^_an+hmR+3Rp^M2r19;zxu3S_7<MGt}$BB)Csy^d^9jI~7sy=+v7Nn9~u+hqde3`e"
    "0pyBhW!>LrR76DVg^=eXtN&@o3vfp^8OVJUbH#^4R#)TbmR)_aN7yRX;#X(%zryWTKpsHz1;2y4tCBR(u02?F`EiW+V68ls93oKZrbe="
    "4VjF6ADocgv0Bu3U=t=SC^o=Y}ewRY3UDLq#}XVxdBXGFvgeVA{3=6J0z2&%v7pcX`6^u2N*C#0vbo#bVzm*vu86G#HTBpx!K^8u-K=Y"
    "sLsth#Kk3Ozs#~Y>bB@&=5kIJSs?cq=ClM-MyFWmsVKQ?P4DnSq%{s+)x|(5eW1%g1hf5;Ks0TF!n5tBSE0kWLPL?s`WN{qeU@@Gc}x="
    "<&t+Ye5iLu9P~}L?!hqp`G&tu6cpz6dWO;(++?AR!XF+<x7VpkjC##$dQs=f%Q`Hwh3?UU>R=u#P&rc8im1^X)O9gfxnpBR!5R-icr2$"
    "0LK!h;1|KR*%_%sJVRcBDU?Ntl87RDzLndgX-id9Pf`?l^LlxzlUa?G7RX4zVTK3uIH3Mcq9pTLmUQo;nA%rtUER--PVG^mqE)cX?DMG"
    "122^NCkJDiw_NI{xKZo2Z87eq5ql5YsZ0bAI}hd~i(vN^GOdXyTpSBr&+Xwao)62Q_xX()nW0Irw|0}~ioc)F0bR-=-6^!j4JJ*_WVko"
    "Wzvv6hIqN~EGGt4PtoGl^dgfuNT5gye$R1w@XYeL_%(V8%+S04wVHPbCZFR7luo$7;M43Hlla!@R<zI#jJu-)E7QsSG5x!8Ic(3dK^b("
    "K+X0(gDeN%Ua<_iV_)IVn~EZ$etaiKHRqfVCw;n`<w0W&2I$}h^ZIos*2b(bQ#Vzkn~hIK&^Or_%l7+LtO&DKFJ)1!rS`)BGy>!KNZP{"
    "G#LW!H<HFbVqWiQ`%Ny>UVL&tRqRR%^xhhzdE~pl?eI(?grnMd^j^<5;h25Ftp_62B0pK5_+*Y?t)m0M5cB?a4Wv{8hO<x@b$$I!`Gf$"
    "$lWfgR>ddk$X8>@Mav0~H%qPEXv}q-uL-*TePO%{myv(YEQYwldqiIbgNX0>sYkDkDQX--sGZZ>N#v~S1rCrfyEMGigl%rVQJXHFtU};"
    "qMK!w3x2MGCCN?2j;Xk?ZoC2Stk;3pHHRzBA*W4{Lv!(-hb$zFO5_KR3l-z8*1m<A5d7dR&DoX+A)OI1Y|q@wKQCBt#Bj0#v3o2Zb18x"
    "Cr^v#FzM#O)T{gMpCFX&geWOCga66b=%o#SE;-w&adw=yFBNDIgU#m*#$JDD3F%M$WW9!FH1>rEFNIuhZC*h!^jhEd~~mb;BX2R<ebOW"
    "NVca4VX#>l+%UsvX(&fL#tfUcq&O`bDB}UZ(EofTx%*YDya*F$*G3Q6oQOYhq{a~Q7>vKnctaawoX^N9Pvmlj#cwxdp00K<TPbmF%lS&"
    "veOtKD?;JYt*d62V&L`dE0ecuhOZGysuh((QnTqH)9lC=nCs4|Fek**ylBH^?PWtREo$7|n!B-{3qjE^_0@OPEWl_yN$}gT3WtWrj)i8"
    "ZTMw)aI9if|Mg6k$WZbAl4%*jM`eHOfCI|r33B)&1ENcSPPulE_W=qPgnMw^Bs2i<1fuZYU-PaZ5Q4vJM8}B6nQ;u?wVZ9W~(;PTCRhX"
    "g~ORQWt17Q40D8bSj+Y*aqG?CRIu!X@ekZ4}5bJo7BGl2T@@xT@{&60`1SHw%K7QB|GSBzQ~%p!w{c2M$e$zmCqZ*~;(35E{V#RnL?8d"
    "{6dsfdjHD`ujcG8$mS0!6}$obRN)?y3mc)L?_PVDyNyor_U)6|luXZd5p&ZVX@`nx~Laxx9v4Lf(AMxYc0Wlo%%9g|e<>^G*3^s;W;kV"
    "W$DhkqgOCkF|1xenqQNrIQ#hgKSuJW409AMUKOWn2o`agzS~;sTt(SCvs0iAW{&EBn1T(jIKu+geoMdbS09RXKBeSaL0Z6&Fc~@96D<7"
    "V_w4;x(#`0Mj&wpZmm@%goQ|=#6&pBwc=%^l<)!GfT0ddG<`16M#`Qp;d8i>&56eLTR5s57j5@+C@jL<<tVtM#X{lt1n6!uSi?tY)4iI"
    "3Hq0vKL$sBXpdvM}z(rh@;6v)y7jUDU;UeqONof~Ms6=ZRC_w`A;CP4RvZC<ov6z(Rb^`T~Le$v67)69&jRu&MG#-{*nx{q^pk@;ED1("
    "^nUY4tj>1*H@J2LE%k@VFGxj~~wKQ4qGfO;{51J({$2UoNU_gH&6@UI?P#sdPvmf)~f6EHP)W6yK0gQ60FlXGd7F_0L+uy~)HRp3(YP;"
    "GeESO|MBOeJ%+1hGkd$PAvWwrFf!%&bFeb2K-gf*M7G1q?VHaWN1YaK>PzYZjvWujIS~8CxfFnyqNPc+8ZJHs0ZR)zXFvpm8?kxeS_RL"
    "6pUn455LOJ?FNa!SJ5rA>M~Fd;~#)fyf+5bU@BL9V0ePwAG2O251}M4lwM-e$)u4S9knh(SY00;PBMsPLC3Rl}v&jKM(Ma96W40v04O-"
    "&fe9Qei&EB-ue^e<H-J0@CtYZF*#8Cdwt`t<c4x}o4SAayOJrwgoa&?owx"
)


# ---- a small model, and the same training by hand -----------------------------------------------------


@travels
class Small(torch.nn.Module):
    """Looks at one token; what it says while training is larger by a tenth. One parameter has three axes."""

    def __init__(self, w):
        super().__init__()
        V, d = w["table"].shape
        self.table = torch.nn.Embedding(V, d)
        self.norm = torch.nn.LayerNorm(d)
        self.head = torch.nn.Linear(d, V)
        self.double()
        with torch.no_grad():
            self.table.weight.copy_(torch.tensor(w["table"]))
            self.norm.weight.copy_(torch.tensor(w["scale"]))
            self.norm.bias.copy_(torch.tensor(w["shift"]))
            self.head.weight.copy_(torch.tensor(w["head"]))
            self.head.bias.copy_(torch.tensor(w["bias"]))
        self.gate = torch.nn.Parameter(torch.tensor(w["gate"]))

    def forward(self, ids):
        x = self.norm(self.table(ids)) * self.gate
        return self.head(1.1 * x if self.training else x)


def small_weights(rng, V, d):
    return {
        "table": rng.standard_normal((V, d)),
        "scale": rng.uniform(0.5, 1.5, d),
        "shift": 0.4 * rng.standard_normal(d),
        "head": rng.standard_normal((V, d)),
        "bias": 0.4 * rng.standard_normal(V),
        "gate": rng.uniform(0.5, 1.5, (1, 1, d)),
    }


def small_logits(w, ids, training):
    x = w["table"][ids]
    x = x - x.mean(dim=-1, keepdim=True)
    x = x / torch.sqrt((x * x).mean(dim=-1, keepdim=True) + 1e-5) * w["scale"] + w["shift"]
    x = x * w["gate"]
    return (1.1 * x if training else x) @ w["head"].T + w["bias"]


def surprises(logits, y):
    return torch.logsumexp(logits, dim=-1) - torch.gather(logits, -1, y[..., None])[..., 0]


@travels  # a class has to be marked; no `ask` uses it, so it stays in the author's box
class ByHand:
    """AdamW by its formulas, on tensors by name; `logits(w, ids, training)` is the model."""

    def __init__(self, arrays, logits, decay):
        self.w = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
        self.logits, self.decay, self.count = logits, decay, 0
        self.m = {name: torch.zeros_like(tensor) for name, tensor in self.w.items()}
        self.v = {name: torch.zeros_like(tensor) for name, tensor in self.w.items()}

    def step(self, x, y, lr, clip):
        loss = surprises(self.logits(self.w, x, True), y).mean()
        grads = dict(zip(self.w, torch.autograd.grad(loss, list(self.w.values())), strict=True))
        length = math.sqrt(sum(float((g * g).sum()) for g in grads.values()))
        shrink = min(1.0, clip / (length + 1e-6))
        self.count += 1
        with torch.no_grad():
            for name, tensor in self.w.items():
                g = grads[name] * shrink
                self.m[name] = 0.9 * self.m[name] + 0.1 * g
                self.v[name] = 0.95 * self.v[name] + 0.05 * g * g
                m = self.m[name] / (1 - 0.9**self.count)
                v = self.v[name] / (1 - 0.95**self.count)
                if tensor.dim() >= 2:
                    tensor *= 1 - lr * self.decay
                tensor -= lr * m / (v.sqrt() + 1e-8)
        return float(loss.detach())

    def score(self, data, T):
        total = 0.0
        for start in range(0, len(data) - 1, T):
            y = data[start + 1 : start + T + 1]
            total += float(
                surprises(self.logits(self.w, data[start : start + len(y)][None], False)[0], y).sum()
            )
        return total / (len(data) - 1)

    def fit(self, c):
        history, losses = [], []
        val = torch.tensor(c["val"])
        for number, ((x, y), lr) in enumerate(zip(c["batches"], c["lrs"], strict=True), 1):
            losses.append(self.step(torch.tensor(x), torch.tensor(y), lr, c["clip"]))
            if number % c["every"] == 0 or number == len(c["batches"]):
                history.append([number, sum(losses) / len(losses), self.score(val, c["T"])])
                losses = []
        return history

    def held(self):
        return {name: tensor.detach() for name, tensor in self.w.items()}


NAMES = {
    "table": "table.weight",
    "scale": "norm.weight",
    "shift": "norm.bias",
    "head": "head.weight",
    "bias": "head.bias",
    "gate": "gate",
}


def small_held(hand):
    return {NAMES[name]: tensor for name, tensor in hand.held().items()}


def batches(rng, V, count, B, T):
    made = []
    for _ in range(count):
        text = rng.integers(0, V, (B, T + 1))
        made.append([text[:, :-1].copy(), text[:, 1:].copy()])
    return made


def problem(rng, count=5, V=7, d=4, B=3, T=5, clip=0.5, **more):
    c = {
        "w": small_weights(rng, V, d),
        "batches": batches(rng, V, count, B, T),
        "lrs": [float(lr) for lr in rng.uniform(0.01, 0.2, count)],
        "val": rng.integers(0, V, int(rng.integers(20, 40))),
        "T": T,
        "decay": float(rng.uniform(0.2, 0.9)),
        "clip": clip,
        "every": 2,
    }
    return c | more


@travels
def pairs(c):
    return [(torch.tensor(x), torch.tensor(y)) for x, y in c["batches"]]


# ---- the GPT by hand ---------------------------------------------------------------------------------


def linear(rng, name, inputs, outputs):
    return {
        f"{name}.weight": rng.standard_normal((outputs, inputs)) * (1.1 / math.sqrt(inputs)),
        f"{name}.bias": 0.4 * rng.standard_normal(outputs),
    }


def norm(rng, name, d):
    """Scales that are not 1, some negative, and shifts."""
    sign = rng.choice([-1.0, 1.0, 1.0], d)
    return {f"{name}.weight": sign * rng.uniform(0.5, 1.5, d), f"{name}.bias": 0.4 * rng.standard_normal(d)}


def weights(rng, size):
    """By the names of the model, the head's table left out: `whole` puts it in."""
    vocab, places, d, _, layers = size
    found = {
        "wte.weight": rng.standard_normal((vocab, d)),
        "wpe.weight": rng.standard_normal((places, d)),
    } | norm(rng, "ln_f", d)
    for i in range(layers):
        found |= norm(rng, f"h.{i}.ln_1", d) | norm(rng, f"h.{i}.ln_2", d)
        for part in ("wq", "wk", "wv", "wo"):
            found |= linear(rng, f"h.{i}.attn.{part}", d, d)
        found |= linear(rng, f"h.{i}.ff.fc", d, 4 * d) | linear(rng, f"h.{i}.ff.proj", 4 * d, d)
    return found


def normal(t, x, name):
    centred = x - x.mean(dim=-1, keepdim=True)
    spread = (centred * centred).mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(spread + 1e-5) * t[f"{name}.weight"] + t[f"{name}.bias"]


def layer(t, x, name):
    return torch.einsum("...i,oi->...o", x, t[f"{name}.weight"]) + t[f"{name}.bias"]


def looked(t, x, start, heads):
    """Causal attention, one row at a time and one head at a time."""
    q, k, v = (layer(t, x, f"{start}.attn.{part}") for part in ("wq", "wk", "wv"))
    size, rows = x.shape[2] // heads, []
    for row in range(x.shape[1]):
        pieces = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            score = (k[:, : row + 1, own] * q[:, row : row + 1, own]).sum(dim=2) / math.sqrt(size)
            share = torch.exp(score - torch.logsumexp(score, dim=1, keepdim=True))
            pieces.append((share[:, :, None] * v[:, : row + 1, own]).sum(dim=1))
        rows.append(torch.cat(pieces, dim=1))
    return layer(t, torch.stack(rows, dim=1), f"{start}.attn.wo")


def by_hand(t, ids, size):
    heads, layers = size[3:]
    x = torch.stack([t["wte.weight"][row] + t["wpe.weight"][: len(row)] for row in ids])
    for i in range(layers):
        x = x + looked(t, normal(t, x, f"h.{i}.ln_1"), f"h.{i}", heads)
        z = layer(t, normal(t, x, f"h.{i}.ln_2"), f"h.{i}.ff.fc")
        z = z / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
        x = x + layer(t, z, f"h.{i}.ff.proj")
    return torch.einsum("btd,vd->btv", normal(t, x, "ln_f"), t["wte.weight"])


@travels
def whole(arrays):
    return arrays | {"lm_head.weight": arrays["wte.weight"]}


# ---- the optimizer and one step --------------------------------------------------------------------------


@travels
def steps(answer, c):
    """Steps after somebody left gradients behind and evaluation mode on; and every number afterwards."""
    model = Small(c["w"]).eval()
    optimizer = answer.make_optimizer(model, c["decay"])
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    losses = [answer.step(model, optimizer, x, y, lr, c["clip"]) for (x, y), lr in zip(pairs(c), c["lrs"])]
    return {"losses": losses, "weights": state(model), "training": model.training}


def steps_by_hand(c):
    hand = ByHand(c["w"], small_logits, c["decay"])
    losses = [
        hand.step(torch.tensor(x), torch.tensor(y), lr, c["clip"])
        for (x, y), lr in zip(c["batches"], c["lrs"], strict=True)
    ]
    return {"losses": losses, "weights": small_held(hand), "training": True}


@calls({1: steps}, truth=steps_by_hand, visible=True, seeds=2, tolerance=Tolerance(1e-5, 1e-8))
def TwoSteps(rng):
    "two steps of a small model: the losses, and every number afterwards"
    return problem(rng, 2)


@calls({1: steps}, truth=steps_by_hand, points=3, tolerance=Tolerance(1e-5, 1e-8))
def FiveSteps(rng):
    "five steps in batches of several sizes, with gradients that are clipped and that are not"
    return [
        problem(rng, 5),
        problem(rng, 5, clip=100.0),
        problem(rng, 6, clip=0.2, B=1, T=1),
        problem(rng, 5, V=11, d=3, B=2, T=7, decay=0.0),
        problem(rng, 5, clip=1e-4, decay=2.0),
    ]


# ---- the score -------------------------------------------------------------------------------------------


@travels
def mode_of(model):
    modes = {part.training for part in model.modules()}
    return "parts in both modes" if len(modes) > 1 else "training" if modes == {True} else "evaluation"


@travels
def scores(answer, c):
    """In both modes; the modes of all parts, and the model, afterwards."""
    model, found = Small(c["w"]), []
    data = torch.tensor(c["val"])
    for mode in (True, False):
        model.train(mode)
        score = answer.score(model, data, c["T"])
        found.append([score, mode_of(model)])
    return {"score and mode": found, "weights": state(model)}


def scores_by_hand(c):
    hand = ByHand(c["w"], small_logits, 0.0)
    found = hand.score(torch.tensor(c["val"]), c["T"])
    return {"score and mode": [[found, "training"], [found, "evaluation"]], "weights": small_held(hand)}


@calls({2: scores}, truth=scores_by_hand, visible=True, seeds=2, tolerance=T64n)
def OfAShortText(rng):
    "the score of a text of eight letters in windows of three"
    return problem(rng, 1, T=3, val=rng.integers(0, 7, 8))


@calls({2: scores}, truth=scores_by_hand, points=3, tolerance=T64n)
def OfManyTexts(rng):
    "scores of texts of many lengths: the last window is full, short, or a single letter"
    return [
        problem(rng, 1, T=T, val=rng.integers(0, 7, N))
        for N, T in ((21, 5), (20, 5), (22, 5), (2, 4), (40, 1), (9, 30), (64, 7))
    ]


@travels
def gpt_scores(answer, c):
    vocab, places, d, heads, layers = c["size"]
    model = filled(answer.my_gpt(0, vocab, places, d, heads, layers), whole(c["weights"]))
    return answer.score(model, torch.tensor(c["val"]), c["T"])


def gpt_scores_by_hand(c):
    hand = ByHand(c["weights"], lambda w, ids, training: by_hand(w, ids, c["size"]), 0.0)
    return hand.score(torch.tensor(c["val"]), c["T"])


@calls({2: gpt_scores}, truth=gpt_scores_by_hand, tolerance=T64n)
def OfYourGpt(rng):
    "the score of your own GPT, whose answers depend on where a window begins"
    size = [9, 6, 4, 2, 2]
    return [
        {"size": size, "weights": weights(rng, size), "val": rng.integers(0, 9, N), "T": T}
        for N, T in ((23, 6), (25, 4))
    ]


# ---- training --------------------------------------------------------------------------------------------


@travels
def small_history(answer, c):
    """The history, every number afterwards, and the steps at which somebody was let watch."""
    model, watched = Small(c["w"]).eval(), []
    found = answer.fit(
        model,
        pairs(c),
        c["lrs"],
        torch.tensor(c["val"]),
        c["T"],
        c["decay"],
        c["clip"],
        c["every"],
        watched.append,
    )
    history = [list(entry) for entry in found]
    return {"history": history, "weights": state(model), "watched": watched}


def steps_of(history):
    return [entry[0] for entry in history]


def small_history_by_hand(c):
    hand = ByHand(c["w"], small_logits, c["decay"])
    history = hand.fit(c)
    return {"history": history, "weights": small_held(hand), "watched": steps_of(history)}


@calls(
    {3: small_history}, truth=small_history_by_hand, visible=True, seeds=2, tolerance=Tolerance(1e-5, 1e-8)
)
def FiveStepsEveryTwo(rng):
    "the history of five steps of a small model, with an entry every two"
    return problem(rng)


@calls({3: small_history}, truth=small_history_by_hand, points=2, tolerance=Tolerance(1e-5, 1e-8))
def LongerHistories(rng):
    "histories of other lengths, with an entry every step, or only at the end"
    return [
        problem(rng, 6, every=3),
        problem(rng, 4, every=1, clip=0.1),
        problem(rng, 3, every=10, clip=100.0),
        problem(rng, 7, every=3, decay=0.0),
    ]


@travels
def gpt_history(answer, c):
    """Five steps of the learner's GPT from given weights: the history, and every number afterwards."""
    vocab, places, d, heads, layers = c["size"]
    model, watched = filled(answer.my_gpt(0, vocab, places, d, heads, layers), whole(c["weights"])), []
    found = answer.fit(
        model,
        pairs(c),
        c["lrs"],
        torch.tensor(c["val"]),
        c["T"],
        c["decay"],
        c["clip"],
        c["every"],
        watched.append,
    )
    history = [list(entry) for entry in found]
    return {"history": history, "weights": state(model), "watched": watched}


def gpt_history_by_hand(c):
    hand = ByHand(c["weights"], lambda w, ids, training: by_hand(w, ids, c["size"]), c["decay"])
    history = hand.fit(c)
    return {"history": history, "weights": whole(hand.held()), "watched": steps_of(history)}


@calls({3: gpt_history}, truth=gpt_history_by_hand, points=3, seeds=2, tolerance=Tolerance(1e-5, 1e-8))
def FiveStepsOfYourGpt(rng):
    "five steps of your own GPT from given weights: the history, and every number afterwards"
    size = [9, 6, 4, 2, 2]
    c = problem(rng, 5, V=9, B=2, T=6, clip=1.0)
    c.pop("w")
    return c | {"size": size, "weights": weights(rng, size)}


@probe(
    task=3,
    open=True,
    seconds=100,
    judge=band(1.45, 1.85, says="the last score in your history"),
    veto=True,
    short={"count": 6, "every": 6, "letters": 10},
    short_judge=band(0, 6),
)
class Trains:
    "600 steps of your GPT on Python's manual"

    def make(rng):
        return {"seed": int(rng.integers(2**31)), "count": 600, "every": 30, "letters": 400}

    def ask(answer, inputs):
        data, count = answer.corpus(), inputs["count"]
        model = answer.my_gpt(inputs["seed"])
        batches = answer.my_batches(data[:400_000], count, 32, 64, inputs["seed"])
        val, lrs = data[400_000:406_000], answer.rates(count, 4e-3)
        history = answer.fit(model, batches, lrs, val, 64, 0.1, 1.0, inputs["every"], answer.watching(model))
        keep(model=model)
        print(answer.write(model, "The ", inputs["letters"]))
        return [[float(number) for number in entry] for entry in history]

    def truth(inputs):
        steps = range(inputs["every"], inputs["count"] + 1, inputs["every"])
        return [[float(number), 1.65, 1.65] for number in steps]

    def judge(inputs, got):
        return float(got[-1][2])


@probe(task=3, after=Trains, seeds=1, judge=residual(below=1e-3), short_judge=band(0, 1e-3), veto=True)
class TheFutureChangesNothing:
    "what the trained GPT says about the beginning of a text, when the rest is another one"

    def make(rng):
        one = rng.integers(0, 103, (4, 64))
        two = one.copy()
        two[:, 40:] = rng.integers(0, 103, (4, 24))
        return {"one": one, "two": two}

    def ask(answer, inputs):
        model = kept("model").eval()
        with torch.no_grad():
            one, two = (model(torch.tensor(inputs[name]))[:, :40] for name in ("one", "two"))
        return [one.numpy(), two.numpy()]

    def truth(inputs):
        return [np.zeros((4, 40, 103), dtype=np.float32)] * 2

    def judge(inputs, got):
        if not isinstance(got, (list, tuple)) or len(got) != 2:
            return 1000.0
        if not all(isinstance(part, np.ndarray) and part.shape == (4, 40, 103) for part in got):
            return 1000.0
        return float(np.abs(got[0].astype(np.float64) - got[1]).max())


SIZE = [103, 64, 64, 4, 2]


@probe(
    task=3,
    after=Trains,
    points=2,
    seeds=1,
    judge=band(1.5, 1.95, says="the loss of a GPT with the weights of yours on text that it has never seen"),
    short={"rows": 100},
    short_judge=band(1, 6),
)
class UnseenText:
    "what a GPT with the weights of your trained one expects in 1,600 pieces of text that it has never seen"

    def make(rng):
        from corpus import text

        letters = sorted(set(text()))
        held = bz2.decompress(base64.b85decode(HELD)).decode()
        ids = np.array([letters.index(letter) for letter in held], dtype=np.uint8)
        starts, ends = rng.integers(0, len(ids) - 65, 1600), rng.integers(24, 64, 1600)
        pieces, answers = ids[starts[:, None] + np.arange(64)], ids[starts + ends + 1]
        return {"rows": 1600, "_pieces": pieces, "_ends": ends, "_answers": answers.astype(np.int64)}

    def ask(answer, inputs):
        return state(kept("model"))

    def truth(inputs):
        return whole(weights(np.random.default_rng(0), SIZE))

    def judge(inputs, got):
        """The weights alone are asked: whatever else somebody's object does, it says nothing here."""
        shapes = whole(weights(np.random.default_rng(0), SIZE))
        if not isinstance(got, dict) or got.keys() != shapes.keys():
            return 1000.0
        if any(not isinstance(got[name], np.ndarray) for name in got):
            return 1000.0
        if any(got[name].shape != shapes[name].shape for name in got):
            return 1000.0
        t, found = {name: torch.tensor(array.astype(np.float32)) for name, array in got.items()}, 0.0
        for at in range(0, inputs["rows"], 100):
            pieces, ends, answers = (
                torch.tensor(inputs[name][at : at + 100]).long() for name in ("_pieces", "_ends", "_answers")
            )
            with torch.no_grad():
                logits = by_hand(t, pieces, SIZE)[torch.arange(len(ends)), ends]
            found += float(surprises(logits, answers).sum())
        return found / inputs["rows"]
