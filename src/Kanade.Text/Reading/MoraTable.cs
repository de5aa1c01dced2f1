using System.Collections.Concurrent;

namespace Kanade.Text;

/// <summary>One shared <see cref="Mora"/> for each katakana mora, voiced and devoiced.</summary>
internal static class MoraTable
{
    static readonly ConcurrentDictionary<(string Kana, bool Devoiced), Mora> Shared = new();

    public static Mora? Of(string kana, bool devoiced)
    {
        if (Shared.TryGetValue((kana, devoiced), out var mora))
            return mora;
        if (kana is [var c] && Nonverbal.PhoneOf(c) is { } sound)
            return Shared.GetOrAdd((kana, devoiced), new Mora($"〈{sound}〉", [sound]));
        if (Kana.PhonesOf(kana) is not { } phones)
            return null;
        var vowel = phones[^1];
        mora = new Mora(kana, devoiced && vowel is "a" or "i" or "u" or "e" or "o" ? [.. phones.SkipLast(1), vowel.ToUpperInvariant()] : phones);
        return Shared.GetOrAdd((kana, devoiced), mora);
    }
}
