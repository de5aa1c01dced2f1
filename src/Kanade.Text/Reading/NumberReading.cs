namespace Kanade.Text;

/// <summary>Reads runs of digits: as a quantity (with the powers of ten put in) or digit by digit, by commas, a leading zero and what stands around them;
/// then counters (<see cref="Counters"/>), people and days. The digit stage of Open JTalk.</summary>
internal static class NumberReading
{
    const string Number = "数";

    public static void Apply(List<Word> words)
    {
        if (!words.Exists(word => word.Group1 == Number))
            return;
        var list = new LinkedList<Word>(words);
        LinkedListNode<Word>? first = null;
        for (var node = list.First; node is not null; node = node.Next)
        {
            var inRun = TakeDigit(node.Value) || (node.Value.Group1 == Number && (Numerals.IsPoint(node.Value) || Numerals.IsComma(node.Value)));
            if (inRun)
                first ??= node;
            if (first is not null && (!inRun || node.Next is null))
            {
                ReadRun(list, first, inRun ? node : node.Previous!);
                first = null;
            }
        }
        RemoveSilent(list);
        DecimalPoints(list);
        Counters.Apply(list);
        Calendar.Apply(list);
        RemoveSilent(list);
        words.Clear();
        words.AddRange(list);
    }

    static void RemoveSilent(LinkedList<Word> list)
    {
        for (var node = list.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Pronunciation == "*")
                list.Remove(node);
            node = next;
        }
    }

    /// <summary>Writes a digit word in kanji; false where the word is not one.</summary>
    static bool TakeDigit(Word word)
    {
        if (word.Group1 != Number || Numerals.ValueOf(word.Surface) is not (>= 0 and var value))
            return false;
        word.Lemma = word.Surface = Numerals.Kanji(word.Surface, value);
        return true;
    }

    static void ReadRun(LinkedList<Word> list, LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        while (Numerals.IsComma(first.Value) || Numerals.IsPoint(first.Value))
        {
            if (first == last)
                return;
            first = first.Next!;
        }
        var beforePoint = first;
        while (beforePoint != last && !Numerals.IsPoint(beforePoint.Next!.Value))
            beforePoint = beforePoint.Next!;
        while (beforePoint != first && Numerals.IsComma(beforePoint.Value))
            beforePoint = beforePoint.Previous!;

        var (wellPlaced, firstComma) = CheckCommas(first, beforePoint);
        bool? quantity = wellPlaced && firstComma is not null ? true : null;
        if (first != beforePoint && Numerals.ValueOf(first.Value.Surface) == 0)
            quantity = false;
        var after = last.Next;              // stays, whatever is put in or taken out
        LinkedListNode<Word>? rest;
        if (quantity == true)
        {
            for (var node = first; node != beforePoint;)
            {
                var next = node.Next!;
                if (Numerals.IsComma(node.Value))
                    list.Remove(node);
                node = next;
            }
            rest = beforePoint == last ? null : beforePoint.Next;
            ReadQuantity(list, first, beforePoint);
        }
        else
        {
            var final = firstComma is null ? beforePoint : firstComma.Previous!;
            rest = final == last ? null : final.Next;
            if (quantity ?? Score(first, final) >= 0)
                ReadQuantity(list, first, final);
            else
                ReadDigits(first, final);
        }
        if (rest is not null && rest != after)
            ReadRun(list, rest, last);
    }

    /// <summary>Commas are well placed when one stands before every third digit from the right and nowhere else. Also gives the leftmost comma.</summary>
    static (bool WellPlaced, LinkedListNode<Word>? First) CheckCommas(LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        var wellPlaced = true;
        LinkedListNode<Word>? comma = null;
        var index = 0;
        for (var node = last; ; node = node.Previous!, index++)
        {
            var isComma = Numerals.IsComma(node.Value);
            if (isComma)
                comma = node;
            wellPlaced &= isComma == (index % 4 == 3);
            if (node == first)
                return (wellPlaced, comma);
        }
    }

    /// <summary>Counters speak for a quantity; hyphens, brackets and 番号 (telephone, bank account) for single digits.</summary>
    static int Score(LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        var score = 0;
        if (first.Previous is { } before)
        {
            var word = before.Value;
            if (word.Group1 == "数接続")
                score += 2;
            if (word.Group2 == "助数詞" || word.Group1 == "副詞可能")
                score += 1;
            var afterNumber = before.Previous?.Value.Group1 == Number;
            if (Numerals.IsPoint(word))
                score -= afterNumber ? 5 : 0;
            else if (IsHyphen(word) || word.Surface is "）" or "番号")
                score -= 2;
            else if (word.Surface == "（")
                score -= afterNumber ? 2 : 0;
            if (before.Previous?.Value.Surface == "番号")
                score -= 2;
        }
        if (last.Next is { } next)
        {
            var word = next.Value;
            if (word.Group2 == "助数詞" || word.Group1 == "副詞可能")
                score += 2;
            if (IsHyphen(word) || word.Surface is "（" or "番号")
                score -= 2;
            else if (word.Surface == "）")
                score -= next.Next?.Value.Group1 == Number ? 2 : 0;
            else if (Numerals.IsPoint(word))
                score += 4;
        }
        return score;
    }

    static bool IsHyphen(Word word) => word.Surface is "―" or "−" or "‐" or "—" or "－";

    static int Count(LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        var count = 1;
        for (var node = first; node != last; node = node.Next!)
            count++;
        return count;
    }

    /// <summary>Digit by digit, two to a phrase, with 2 and 5 held and ゼロ for zero.</summary>
    static void ReadDigits(LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        if (first == last)
            return;
        var second = false;
        for (var node = first; ; node = node.Next!)
        {
            var word = node.Value;
            if (Numerals.IsZero(word))
                (word.Pronunciation, word.Moras) = ("ゼロ", 2);
            else if (word.Surface == "二")
                (word.Pronunciation, word.Moras) = ("ニー", 2);
            else if (word.Surface == "五")
                (word.Pronunciation, word.Moras) = ("ゴー", 2);
            word.ChainRule = "*";
            word.Chained = second;
            if (second)
                node.Previous!.Value.Nucleus = 3;
            second = !second;
            if (node == last)
                return;
        }
    }

    /// <summary>As a quantity: 十 百 千 after their digits, 万 億 兆 … after every fourth.</summary>
    static void ReadQuantity(LinkedList<Word> list, LinkedListNode<Word> first, LinkedListNode<Word> last)
    {
        var size = Count(first, last);
        var place = (size - 1) / 4;
        if (size == 1 || place > Numerals.Large.Length)
            return;
        var index = (size - 1) % 4;
        var any = false;
        for (var node = first; ; node = node.Next!)
        {
            var final = node == last;
            var digit = Numerals.ValueOf(node.Value.Surface);
            if (index == 0)
            {
                if (digit == 0)
                    Silence(node.Value);
                else
                    any = true;
                if (any && place > 0)
                    node = list.AddAfter(node, Numerals.Of(Numerals.Large[place - 1], node.Value));
                any = false;
                place--;
            }
            else if (digit <= 0)
            {
                Silence(node.Value);
            }
            else
            {
                if (digit == 1)
                    Numerals.Become(node.Value, Numerals.Small[index - 1]);
                else
                    node = list.AddAfter(node, Numerals.Of(Numerals.Small[index - 1], node.Value));
                any = true;
            }
            index = index == 0 ? 3 : index - 1;
            if (final)
                return;
        }
    }

    static void Silence(Word word) => (word.Pronunciation, word.Nucleus, word.Moras) = ("*", 0, 0);

    /// <summary>A point between numbers is テン; the digit before it is held.</summary>
    static void DecimalPoints(LinkedList<Word> list)
    {
        for (var node = list.First?.Next; node?.Next is not null;)
        {
            var before = node.Previous!.Value;
            if (!Numerals.IsPoint(node.Value) || before.Group1 != Number || node.Next.Value.Group1 != Number)
            {
                node = node.Next;
                continue;
            }
            node.Value.Become("．", "名詞", "接尾", "助数詞", "テン", "テン", 0, 2, chained: true);
            if (Numerals.IsZero(before))
                (before.Pronunciation, before.Moras) = ("レー", 2);
            else if (before.Surface == "二")
                (before.Pronunciation, before.Moras) = ("ニー", 2);
            else if (before.Surface == "五")
                (before.Pronunciation, before.Moras) = ("ゴー", 2);
            else if (before.Surface == "六")
                before.Nucleus = 1;
            node = node.Next;
            while (node is not null && node.Value.Pos == "名詞")
                node = node.Next;
            node = node?.Next;
        }
    }
}
