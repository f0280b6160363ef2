using System.Collections.Frozen;

namespace DataPipeline.Filters;

/// <summary>The short code of a language: ISO 639-1 where there is one, else ISO 639-3.</summary>
public static class LanguageCode
{
    // The codes of ISO 639-3 and the bibliographic ones of ISO 639-2 beside ISO 639-1, and the language by which models such as GlotLID and NLLB's
    // name a macrolanguage: Mandarin for Chinese, Standard Arabic for Arabic.
    private const string Pairs = """
        aar aa, abk ab, afr af, aka ak, alb sq, amh am, ara ar, arb ar, arg an, arm hy, asm as, ava av, ave ae, aym ay, aze az, azj az, bak ba,
        bam bm, baq eu, bel be, ben bn, bis bi, bod bo, bos bs, bre br, bul bg, bur my, cat ca, ces cs, cha ch, che ce, chi zh, chu cu, chv cv,
        cmn zh, cor kw, cos co, cre cr, cym cy, cze cs, dan da, deu de, div dv, dut nl, dzo dz, ekk et, ell el, eng en, epo eo, esk ik, est et,
        eus eu, ewe ee, fao fo, fas fa, fij fj, fin fi, fra fr, fre fr, fry fy, fuc ff, ful ff, geo ka, ger de, gla gd, gle ga, glg gl, glv gv,
        gre el, grn gn, gug gn, guj gu, hat ht, hau ha, hbs sh, heb he, her hz, hin hi, hmo ho, hrv hr, hun hu, hye hy, ibo ig, ice is, ido io,
        iii ii, ike iu, iku iu, ile ie, ina ia, ind id, ipk ik, isl is, ita it, jav jv, jpn ja, kal kl, kan kn, kas ks, kat ka, kau kr, kaz kk,
        khk mn, khm km, kik ki, kin rw, kir ky, kmr ku, knc kr, kng kg, kom kv, kon kg, kor ko, kua kj, kur ku, lao lo, lat la, lav lv, lim li,
        lin ln, lit lt, ltz lb, lub lu, lug lg, lvs lv, mac mk, mah mh, mal ml, mao mi, mar mr, may ms, mkd mk, mlg mg, mlt mt, mon mn, mri mi,
        msa ms, mya my, nau na, nav nv, nbl nr, nde nd, ndo ng, nep ne, nld nl, nno nn, nob nb, nor no, npi ne, nya ny, oci oc, ojg oj, oji oj,
        ori or, orm om, ory or, oss os, pan pa, pbt ps, per fa, pes fa, pli pi, plt mg, pol pl, por pt, pus ps, que qu, quy qu, roh rm, ron ro,
        rum ro, run rn, rus ru, sag sg, san sa, sin si, slk sk, slo sk, slv sl, sme se, smo sm, sna sn, snd sd, som so, sot st, spa es, sqi sq,
        src sc, srd sc, srp sr, ssw ss, sun su, swa sw, swe sv, swh sw, tah ty, tam ta, tat tt, tel te, tgk tg, tgl tl, tha th, tib bo, tir ti,
        ton to, tsn tn, tso ts, tuk tk, tur tr, twi tw, uig ug, ukr uk, urd ur, uzb uz, uzn uz, ven ve, vie vi, vol vo, wel cy, wln wa, wol wo,
        xho xh, ydd yi, yid yi, yor yo, zha za, zho zh, zsm ms, zul zu
        """;

    private static readonly FrozenDictionary<string, string> Short = Pairs.Split(',', StringSplitOptions.TrimEntries)
        .Select(pair => pair.Split(' ')).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>The code for the label of a model: <c>eng_Latn</c>, <c>eng</c> and <c>en</c> are <c>en</c>. What is no code comes back as it is.</summary>
    /// <remarks>A label without a script follows Wikipedia where that differs: <c>als</c> stays, Alemannic in lid.176; <c>als_Latn</c> is Albanian, <c>sq</c>.</remarks>
    public static string Of(string label)
    {
        bool hasScript = label.Length == 8 && label[3] == '_' && char.IsAsciiLetterUpper(label[4]);
        string code = hasScript ? label[..3] : label;
        return hasScript && code == "als" ? "sq" : Short.GetValueOrDefault(code, code);
    }
}
