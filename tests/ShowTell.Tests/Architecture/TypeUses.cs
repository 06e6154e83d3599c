using System.Reflection;
using System.Reflection.Emit;

namespace ShowTell.Tests.Architecture;

/// <summary>
/// What types a compiled type uses: in its declaration, in the signatures of its members and in the code of its
/// methods, attributes, generic arguments and the types that the compiler made for its lambdas included. Two things
/// leave no trace in compiled code, the values of constants and <c>nameof</c>; for these look at the source.
/// </summary>
internal static class TypeUses
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>All types that a type and the types nested in it use; generic ones as their definitions.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        var uses = new HashSet<Type>();
        Collect(type, uses);
        return uses;
    }

    private static void Collect(Type type, HashSet<Type> uses)
    {
        Add(type.BaseType, uses);
        Array.ForEach(type.GetInterfaces(), implemented => Add(implemented, uses));
        AddConstraints(type.GetGenericArguments(), uses);
        AddAttributes(type, uses);
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            AddAttributes(member, uses);
            switch (member)
            {
                case Type nested:
                    Collect(nested, uses);
                    break;
                case FieldInfo field:
                    Add(field.FieldType, uses);
                    break;
                case MethodBase method:
                    AddMethod(method, uses);
                    break;
            }
        }
    }

    private static void AddMethod(MethodBase method, HashSet<Type> uses)
    {
        if (method is MethodInfo { ReturnType: Type returned } info)
        {
            Add(returned, uses);
            AddConstraints(info.GetGenericArguments(), uses);
        }

        foreach (ParameterInfo parameter in method.GetParameters())
        {
            Add(parameter.ParameterType, uses);
            AddAttributes(parameter, uses);
        }

        if (method.GetMethodBody() is MethodBody body)
        {
            foreach (LocalVariableInfo local in body.LocalVariables)
            {
                Add(local.LocalType, uses);
            }

            foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
            {
                Add(clause.Flags == ExceptionHandlingClauseOptions.Clause ? clause.CatchType : null, uses);
            }

            AddCode(method, body.GetILAsByteArray()!, uses);
        }
    }

    private static void AddCode(MethodBase method, byte[] code, HashSet<Type> uses)
    {
        Type[] typeArguments = method.DeclaringType!.GetGenericArguments();
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < code.Length;)
        {
            short value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            OpCode opCode = s_opCodes[value];
            at += opCode.Size;
            switch (opCode.OperandType)
            {
                case OperandType.InlineField
                    or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    int token = BitConverter.ToInt32(code, at);
                    AddMember(method.Module.ResolveMember(token, typeArguments, methodArguments)!, uses);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                case OperandType operand:
                    at += OperandSize(operand);
                    break;
            }
        }
    }

    private static int OperandSize(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static void AddMember(MemberInfo member, HashSet<Type> uses)
    {
        Add(member as Type ?? member.DeclaringType, uses);
        if (member is MethodInfo { IsGenericMethod: true } method)
        {
            Array.ForEach(method.GetGenericArguments(), argument => Add(argument, uses));
        }
    }

    private static void AddConstraints(Type[] parameters, HashSet<Type> uses)
    {
        foreach (Type parameter in parameters.Where(parameter => parameter.IsGenericParameter))
        {
            Array.ForEach(parameter.GetGenericParameterConstraints(), constraint => Add(constraint, uses));
        }
    }

    private static void AddAttributes(ICustomAttributeProvider member, HashSet<Type> uses)
    {
        IEnumerable<CustomAttributeData> attributes = member switch
        {
            MemberInfo info => info.CustomAttributes,
            ParameterInfo parameter => parameter.CustomAttributes,
            _ => [],
        };
        foreach (CustomAttributeData attribute in attributes)
        {
            Add(attribute.AttributeType, uses);
            IEnumerable<CustomAttributeTypedArgument> arguments =
                attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(argument => argument.TypedValue));
            foreach (CustomAttributeTypedArgument argument in arguments)
            {
                Add(argument.ArgumentType, uses);
                Add(argument.Value as Type, uses);
            }
        }
    }

    private static void Add(Type? type, HashSet<Type> uses)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(type.GetElementType(), uses);
            return;
        }

        if (type.IsGenericType)
        {
            Array.ForEach(type.GetGenericArguments(), argument => Add(argument, uses));
            type = type.GetGenericTypeDefinition();
        }

        // What a nested type belongs to is used with it.
        for (Type? use = type; use is not null; use = use.DeclaringType)
        {
            uses.Add(use);
        }
    }
}
